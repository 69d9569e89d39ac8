"""A visitor of the booking page: a browser tab, and what people do in it."""

from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, TypedDict

from attrs import define, field
from playwright.async_api import Locator, Page, expect


class Media(TypedDict, total=False):
    """What a page may ask of the screen."""

    color_scheme: Literal["light", "dark"]
    forced_colors: Literal["active", "none"]


SCREENSHOTS = Path(__file__).parent.parent.parent / "build" / "screenshots"
# The whole of what axe finds takes longer to bring here than to find.
SERIOUS = """async (options) => (await axe.run({ ...options, resultTypes: ["violations"] })).violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)"""
DARK, FORCED = Media(color_scheme="dark"), Media(color_scheme="light", forced_colors="active")
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
ADA = {
    "Company": "Analytical Engines",
    "Number of employees": "4200",
    "First name": "Ada",
    "Last name": "Lovelace",
    "Email": "ada@engines.example",
}


@define
class Visitor:
    """One tab; `errors` is what its scripts threw, and what its content security policy stopped."""

    page: Page
    site: str
    errors: list[str] = field(factory=list[str])
    asked: list[str] = field(factory=list[str])
    """Every URL that the tab asked for."""

    async def tell(self, **said: str) -> None:
        """Fill in who one is, and ask for times."""
        await self.page.goto(self.site)
        await self.at("About you")
        for label, value in {**ADA, **{name.replace("_", " "): value for name, value in said.items()}}.items():
            await self.page.get_by_label(label).fill(value)
        await self.press("See open times")

    async def pick(self, day: str, time: str) -> None:
        """Choose a day and a time of it, as they are read out."""
        await self.day(day).check()
        await self.time(time).check()
        await self.press("Continue")
        await self.at("Your details")

    def day(self, name: str) -> Locator:
        return self.page.get_by_role("radio", name=name)

    def time(self, name: str) -> Locator:
        return self.page.get_by_role("radio", name=name, exact=True)

    async def times(self) -> list[str]:
        return await self.page.locator(".chip label").all_inner_texts()

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def at(self, step: str) -> None:
        """Wait for a step, whose heading has the focus."""
        heading = self.page.get_by_role("heading", level=2, name=step)
        await expect(heading).to_be_visible()
        await expect(heading).to_be_focused()

    async def told(self, text: str) -> None:
        await expect(self.page.get_by_text(text).first).to_be_visible()

    async def warned(self, text: str) -> None:
        await expect(self.page.get_by_role("alert")).to_contain_text(text)

    async def uncovered(self, found: Locator) -> None:
        """Assert that nothing lies over an element: browsers call visible what is behind something else."""
        over: bool = await found.evaluate(
            """(element) => {
                const { left, top, width, height } = element.getBoundingClientRect();
                return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
            }"""
        )
        assert over, "something lies over it"

    async def looked_at(self, name: str) -> None:
        """Take a screenshot, and let axe find no serious fault."""
        await self._screenshot(name)
        await self._sound(name)

    async def looked_at_everywhere(self, name: str) -> None:
        """Look at a step on a desktop in light, on a phone in the dark, and in forced colours; then go back to light.

        Nothing but colours differs between the last two and the first, and axe has but one rule for colours.
        """
        await self.looked_at(f"{name}-light")
        for kind, width, media in (("dark", 390, DARK), ("forced", 1280, FORCED)):
            await self.page.set_viewport_size({"width": width, "height": 844})
            await self.page.emulate_media(**media)
            await self._screenshot(f"{name}-{kind}")
            await self._sound(f"{name}-{kind}", rules=["color-contrast"])
        await self.page.set_viewport_size({"width": 1280, "height": 900})
        await self.page.emulate_media(color_scheme="light", forced_colors="none")

    async def _screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        # A picture of the whole page would have the buttons, which stick to the end of the screen, in its middle.
        stuck = "document.querySelector('#step .actions')?.style.setProperty('position', '%s')"
        await self.page.evaluate(stuck % "static")
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
        await self.page.evaluate(stuck % "")

    async def _sound(self, name: str, *, rules: list[str] | None = None) -> None:
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE)
        options: dict[str, Any] = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
        serious: list[str] = await self.page.evaluate(SERIOUS, options)
        assert serious == [], (name, serious)
        width: int = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, f"{name}: the page is wider than the screen"
