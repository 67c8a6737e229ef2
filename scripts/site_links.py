"""A hook of MkDocs: links that lead out of docs/ lead to the repository's file.

A file that is not there fails the build, as a page that is not there does.
"""

import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = "https://github.com/csvferry/csvferry/blob/main/"  # the owner of your copy
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)\s#]+)(#[^)\s]*)?\)")
_OUTSIDE = ("examples",)  # folders of docs/ that are no pages


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """The page's text with such links replaced. Raises PluginError for one that leads nowhere."""
    folder, docs = Path(page.file.abs_src_path).parent, Path(config.docs_dir)

    def replaced(found: re.Match[str]) -> str:
        path = (folder / found[1]).resolve()
        within = path.relative_to(docs) if path.is_relative_to(docs) else None
        if within and within.parts[:1] and within.parts[0] not in _OUTSIDE:
            return found[0]
        if not path.exists():
            raise PluginError(f"{page.file.src_uri}: {found[1]} leads to no file")
        return f"]({REPOSITORY}{path.relative_to(ROOT).as_posix()}{found[2] or ''})"

    return _LINK.sub(replaced, markdown)
