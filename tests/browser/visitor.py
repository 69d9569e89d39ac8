"""A visitor of the booking page: a browser tab, and what people do in it."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from attrs import define, field
from playwright.async_api import Locator, Page, expect

SCREENSHOTS = Path(__file__).parent.parent.parent / "build" / "screenshots"
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

    async def looked_at(self, name: str) -> None:
        """Take a screenshot, and let axe find no serious fault."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
        await self.page.evaluate(AXE)
        found: Any = await self.page.evaluate("axe.run()")
        serious = [
            (one["id"], [node["html"] for node in one["nodes"]])
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == [], serious
        width: int = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, "the page is wider than the screen"
