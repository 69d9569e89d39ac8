"""The pytest plugin in projects of someone else's."""

import pytest

MODES = {
    "strict": ("pytestmark = pytest.mark.asyncio", "async def", "await {}", ["--asyncio-mode=strict"]),
    "auto": ("", "async def", "await {}", ["--asyncio-mode=auto"]),
    "no plugin for asyncio": (
        "",
        "def",
        "asyncio.run({})",
        ["-p", "no:asyncio", "-p", "no:anyio", "-o", "filterwarnings="],
    ),
}


@pytest.mark.parametrize(("marks", "define", "run", "options"), MODES.values(), ids=MODES)
def test_the_fixtures_work_with_any_way_to_run_coroutines(
    project: pytest.Pytester, marks: str, define: str, run: str, options: list[str]
) -> None:
    call = run.format('bookit_client.route("New Webform Prospect", {"Email": "a@b.example", "NumEmployees": 1000})')
    project.makepyfile(f"""
        import asyncio, pytest
        {marks}

        {define} test_it(bookit_sandbox, bookit_client):
            offer = {call}
            assert offer.slots
            assert len(bookit_sandbox.requests) == 2  # its inputs, and the routing
    """)
    project.runpytest(*options).assert_outcomes(passed=1)


def test_every_test_gets_the_same_fresh_sandbox(project: pytest.Pytester) -> None:
    project.makepyfile("""
        import asyncio, pytest
        from bookit_async.testing import NOW
        seen = []

        @pytest.mark.parametrize("run", range(2))
        def test_it(bookit_sandbox, bookit_client, run):
            assert bookit_client.settings.api_key == bookit_sandbox.api_key
            assert bookit_sandbox.clock() == NOW
            assert bookit_sandbox.meetings == bookit_sandbox.outbox == bookit_sandbox.requests == []
            answers = {"First Name": "Ada", "Last Name": "Osei", "Email": "ada@engines.example"}
            seen.append(asyncio.run(bookit_client.book_link("Em30rva", timezone="UTC", answers=answers)))
            (meeting,) = bookit_sandbox.meetings
            assert meeting.id == seen[run].meeting_id == seen[0].meeting_id
            with pytest.raises(RuntimeError, match="no URL"):
                bookit_sandbox.url
    """)
    project.runpytest().assert_outcomes(passed=2)


def test_the_environment_does_not_reach_the_client(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKIT_BASE_URL", "http://elsewhere.example")
    monkeypatch.setenv("BOOKIT_API_KEY", "a key of theirs")
    project.makepyfile("def test_it(bookit_client): assert 'elsewhere' not in repr(bookit_client)")
    project.runpytest().assert_outcomes(passed=1)


def test_the_marker_says_what_is_played(project: pytest.Pytester) -> None:
    project.makefile(".yaml", world=WORLD)
    project.mkdir("inner")
    project.makefile(".yaml", **{"inner/world": WORLD.replace("The file", "The inner file")})
    case = """
        import pytest
        from datetime import UTC, datetime
        from pathlib import Path
        from bookit_async.sandbox import World
        from bookit_async.sandbox.world import TriggerNode

        def named(name):
            return World(hosts=(), meeting_types=(), nodes=(TriggerNode(name=name, inputs=()),))

        pytestmark = pytest.mark.bookit_world(named("The module"), now=datetime(2026, 1, 1, tzinfo=UTC))

        def name(sandbox):
            return sandbox.world.nodes[0].name

        def test_module(bookit_sandbox):
            assert (name(bookit_sandbox), bookit_sandbox.clock().year) == ("The module", 2026)

        @pytest.mark.bookit_world(lambda: named("The test"), api_key="theirs")
        def test_function(bookit_sandbox):
            assert (name(bookit_sandbox), bookit_sandbox.clock().year) == ("The test", 2025)
            assert bookit_sandbox.api_key == "theirs"

        @pytest.mark.bookit_world("world.yaml")
        class TestFile:
            def test_text(self, bookit_sandbox):
                assert name(bookit_sandbox) == "{file}"

            @pytest.mark.bookit_world(Path(__file__).with_name("world.yaml"))
            def test_path(self, bookit_sandbox):
                assert name(bookit_sandbox) == "{file}"

        @pytest.mark.bookit_world(seed=2)
        def test_options_alone(bookit_sandbox):
            assert name(bookit_sandbox) == "New Webform Prospect"
    """
    project.makepyfile(test_outer=case.replace("{file}", "The file"))
    project.makepyfile(**{"inner/test_inner": case.replace("{file}", "The inner file")})
    project.runpytest().assert_outcomes(passed=10)


WORLD = """
hosts: []
meeting_types: []
nodes:
  - name: The file
    inputs: []
"""


def test_a_mistake_in_the_marker_is_told(project: pytest.Pytester) -> None:
    project.makepyfile("""
        import pytest

        @pytest.mark.bookit_world(tcp=True, db="file")
        def test_of_the_fixture(bookit_sandbox): ...

        @pytest.mark.bookit_world(colour="red")
        def test_unknown(bookit_sandbox): ...

        @pytest.mark.bookit_world("none.yaml")
        def test_no_file(bookit_sandbox): ...
    """)
    result = project.runpytest()
    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines_random(
        [
            "bookit_world takes no db, tcp: the fixture's sandbox has no port and no file. Make a *Sandbox in a*",
            "*unexpected keyword argument 'colour'*",
            "*none.yaml*",
        ]
    )


def test_a_sandbox_that_is_not_installed_is_told(project: pytest.Pytester) -> None:
    project.makepyfile(uvicorn="raise ModuleNotFoundError(\"No module named 'uvicorn'\", name='uvicorn')")
    project.makepyfile("def test_it(bookit_client): ...\ndef test_else(): ...")
    result = project.runpytest_subprocess()
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "bookit_sandbox cannot be had: the sandbox needs uvicorn, which is not installed: "
            "pip install 'bookit-async[[]sandbox[]]'"
        ]
    )


def test_a_run_without_the_fixtures_loads_no_sandbox(project: pytest.Pytester) -> None:
    project.makepyfile("""
        import sys

        def test_it():
            assert "bookit_async.testing" in sys.modules
            assert not {"bookit_async.sandbox", "uvicorn", "aiohttp", "httpx", "yaml"} & sys.modules.keys()
    """)
    project.runpytest_subprocess("-p", "no:respx", "-p", "no:cov").assert_outcomes(passed=1)


def test_the_marker_is_explained(project: pytest.Pytester) -> None:
    project.runpytest("--markers").stdout.fnmatch_lines(["@pytest.mark.bookit_world(world=None, ?*options): *YAML*"])
