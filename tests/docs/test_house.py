"""The house's own rules: short files, documented modules, pinned public names, pages that tell the truth."""

import ast
import importlib
import json
import re
import subprocess
from pathlib import Path

import pytest

from tradewind.factors.catalogue import catalogue

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
WEB = ROOT / "web" / "src"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
MODULES = sorted(SOURCE.rglob("*.py"))
LONGEST = 400
# Spelt in parts, so that this file does not hold what it looks for.
REGISTRY_HOSTS = tuple(
    ".".join(parts) for parts in (("pypi", "org"), ("npmjs", "org"), ("pythonhosted", "org"))
)
UNFINISHED = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error")))


def tracked() -> list[Path]:
    """Files that are, or are about to be, part of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip(f"git cannot list the repository: {listed.stderr.decode().strip()}")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def test_no_source_file_is_long() -> None:
    sources = [*MODULES, *(path for ending in ("ts", "tsx", "css") for path in WEB.rglob(f"*.{ending}"))]
    assert len(sources) > 100
    long = {str(p.relative_to(ROOT)): n for p in sources if (n := len(p.read_bytes().splitlines())) > LONGEST}
    assert not long


def test_nothing_is_left_unfinished() -> None:
    sources = [*MODULES, *(path for path in WEB.rglob("*.ts*"))]
    found = [str(path.relative_to(ROOT)) for path in sources if UNFINISHED.search(path.read_text("utf-8"))]
    assert not found


def test_no_file_names_the_host_of_a_registry() -> None:
    held = {path: path.read_bytes() for path in tracked()}
    found = [
        (str(p.relative_to(ROOT)), h)
        for p, body in held.items()
        for h in REGISTRY_HOSTS
        if h.encode() in body
    ]
    assert not found


def test_every_module_says_what_it_is() -> None:
    silent = {
        str(path.relative_to(SOURCE)): said
        for path in MODULES
        if path.name != "__main__.py"
        and len((said := ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split()) < 2
    }
    assert not silent


def test_public_names_are_those_that_are_pinned() -> None:
    """Taking a name away breaks somebody's code: change the list on purpose, and the changelog with it."""
    pinned: dict[str, list[str]] = json.loads(
        (Path(__file__).parent / "public_names.json").read_text("utf-8")
    )
    for module, names in pinned.items():
        assert sorted(public_names(module)) == names, module


def public_names(module: str) -> set[str]:
    """What a module itself defines under a name without underscore."""
    loaded = importlib.import_module(module)
    tree = ast.parse(Path(str(loaded.__file__)).read_text("utf-8"))
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return {name for name in names if not name.startswith("_")}


def test_commands_of_the_pages_are_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8")))
    for page in PAGES:
        used = set(re.findall(r"(?m)(?:^|`)make ([a-z-]+)", page.read_text("utf-8")))
        assert used <= targets, f"{page.name}: {used - targets}"
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "make demo" in readme
    assert "make test" in readme


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if not target.startswith(("https://", "http://")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def verbs() -> dict[str, set[str]]:
    """Verbs of the program, and those inside a group."""
    import typer

    from tradewind.cli.main import app

    command = typer.main.get_command(app)
    return {name: set(getattr(verb, "commands", {})) for name, verb in command.commands.items()}  # type: ignore[attr-defined]


def test_every_verb_is_told_of() -> None:
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    for verb, inner in verbs().items():
        assert f"tradewind {verb}" in text, f"no page tells of: tradewind {verb}"
        for name in inner:
            assert re.search(rf"\b{verb} {name}\b", text), f"no page tells of: tradewind {verb} {name}"


def test_no_page_tells_of_a_verb_that_is_not_there() -> None:
    known = verbs()
    for page in PAGES:
        code = "\n".join(re.findall(r"`[^`]+`|```sh.*?```", page.read_text("utf-8"), re.DOTALL))
        for verb, inner in re.findall(r"(?<!/)(?<!import )\btradewind ([a-z]+)(?: ([a-z]+)\b)?", code):
            assert verb in known, f"{page.name}: tradewind {verb}"
            assert not known[verb] or not inner or inner in known[verb], (
                f"{page.name}: tradewind {verb} {inner}"
            )


def test_the_catalogue_page_is_the_catalogue() -> None:
    page = (ROOT / "docs" / "factors.md").read_text("utf-8")
    assert page.rstrip("\n") == catalogue().rstrip("\n"), "make docs writes it anew"


def test_tables_of_plug_ins_are_those_of_the_registries() -> None:
    from tradewind.app.plugin_check.tables import kinds_in, with_tables
    from tradewind.app.session.active import REGISTRIES

    shown: list[str] = []
    for page in PAGES:
        text = page.read_text("utf-8")
        assert with_tables(text) == text, f"{page.name}: make docs writes it anew"
        shown += kinds_in(text)
    assert sorted([*shown, "factors"]) == sorted(REGISTRIES)  # factors have a page of their own


def test_the_page_of_the_api_names_every_way_there_is(tmp_path: Path) -> None:
    from tradewind.api.app import create_app

    api = (ROOT / "docs" / "api.md").read_text("utf-8")
    told = create_app(tmp_path / "none.journal", health=dict).openapi()["paths"]
    ways = [f"{verb.upper()} {path}" for path, verbs in told.items() for verb in verbs]
    assert [way for way in ways if f"| `{way}` |" not in api] == []
