"""Writes what is made from the tree of commands: the completion files, and a docs page for each command.

`python -m tests.cli.written` after a change; a test holds what is there against this.
"""

from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

from bookit_async.cli.commands.completion import FILES
from bookit_async.cli.parameters import Taken, described, options_of_all, taken, usage
from bookit_async.cli.tree import COMMANDS, FORWARDS, GROUPS, below, names

ROOT = Path(__file__).parents[2]
COMPLETIONS = ROOT / "bookit_async" / "cli" / "completions"
DOCS = ROOT / "docs"
NOTE = "Made from the tree of commands by `python -m tests.cli.written`."


def options_of(name: str) -> list[Taken]:
    return [one for one in taken(name) if one.names] + options_of_all()


def words_behind(path: str) -> list[str]:
    """What may stand behind a command or a group."""
    if path in GROUPS:
        return [*below(path)]
    return [name for one in options_of(path) for name in one.names]


def bash() -> str:
    cases = [f'    "{path}") words="{" ".join(words_behind(path))}" ;;' for path in (*GROUPS, *COMMANDS)]
    groups = "|".join(GROUPS)
    return "\n".join(
        [
            f"# bash completion for bookit. {NOTE}",
            "_bookit() {",
            '  local current="${COMP_WORDS[COMP_CWORD]}" path="" word words',
            '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
            '    case "$word" in -*) continue ;; esac',
            f'    case "$path" in "") path="$word" ;; {groups}) path="$path $word" ;; esac',
            "  done",
            '  case "$path" in',
            f'    "") words="{" ".join([*names(), *(one.names[0] for one in options_of_all())])}" ;;',
            *cases,
            '    *) words="" ;;',
            "  esac",
            '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
            "}",
            "complete -o default -F _bookit bookit",
            "",
        ]
    )


def zsh() -> str:
    cases = [f'    "{path}") choices=({" ".join(words_behind(path))}) ;;' for path in (*GROUPS, *COMMANDS)]
    groups = "|".join(GROUPS)
    return "\n".join(
        [
            "#compdef bookit",
            f"# zsh completion for bookit. {NOTE}",
            "_bookit() {",
            '  local command_path="" word',
            "  local -a choices",
            "  for word in ${words[2,CURRENT-1]}; do",
            "    [[ $word == -* ]] && continue",
            '    case "$command_path" in "") command_path=$word ;;',
            f'      {groups}) command_path="$command_path $word" ;; esac',
            "  done",
            '  case "$command_path" in',
            f'    "") choices=({" ".join([*names(), *(one.names[0] for one in options_of_all())])}) ;;',
            *cases,
            "  esac",
            "  compadd -- $choices || _files",
            "}",
            '_bookit "$@"',
            "",
        ]
    )


def fish() -> str:
    def line(*parts: str) -> str:
        return " ".join(["complete", "-c", "bookit", *parts])

    def quoted(text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    lines = [f"# fish completion for bookit. {NOTE}"]
    for name in names():
        summary = GROUPS.get(name) or (COMMANDS.get(name) or FORWARDS[name]).summary
        lines.append(line("-n __fish_use_subcommand -f", f"-a {name}", f"-d {quoted(summary)}"))
    for group in GROUPS:
        known = " ".join(below(group))
        lines += [
            line(
                f"-n '__fish_seen_subcommand_from {group}; and not __fish_seen_subcommand_from {known}' -f",
                f"-a {name}",
                f"-d {quoted(one.summary)}",
            )
            for name, one in below(group).items()
        ]
    for name in COMMANDS:
        seen = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in name.split())
        for one in [each for each in taken(name) if each.names]:
            long = one.names[0].removeprefix("--")
            takes = " -r" if one.value else ""
            lines.append(line(f"-n '{seen}'", f"-l {long}{takes}", f"-d {quoted(one.summary)}"))
    for one in options_of_all():
        takes = " -r" if one.value else ""
        lines.append(line(f"-l {one.names[0].removeprefix('--')}{takes}", f"-d {quoted(one.summary)}"))
    return "\n".join([*lines, ""])


def page(name: str) -> str:
    """The docs page of a command."""
    lines = [f"# bookit {name}", "", *(line for part in described(name) for line in (part, ""))]
    called = wrap(usage(name), 80, subsequent_indent="  ", break_on_hyphens=False)
    lines += ["```text", *called, "```", ""]
    rows = [
        (" ".join([*(f"`{each}`" for each in one.names), f"`{one.value}`" if one.value else ""]), one)
        for one in taken(name)
    ]
    if rows:
        lines += ["| argument | means |", "| --- | --- |"]
        lines += [f"| {label.strip()} | {one.summary.replace('|', chr(92) + '|')} |" for label, one in rows]
        lines.append("")
    for example in COMMANDS[name].examples:
        lines += ["```bash", example, "```", ""]
    lines += ["[The command line](command-line.md) says what holds for every command.", ""]
    return "\n".join(lines)


def page_name(name: str) -> str:
    return f"command-line-{name.replace(' ', '-')}.md"


def files() -> Iterator[tuple[Path, str]]:
    """Every file that is written, and what it holds."""
    for shell, text in (("bash", bash()), ("zsh", zsh()), ("fish", fish())):
        yield COMPLETIONS / FILES[shell], text
    for name in COMMANDS:
        yield DOCS / page_name(name), page(name)


if __name__ == "__main__":
    COMPLETIONS.mkdir(exist_ok=True)
    for path, text in files():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
