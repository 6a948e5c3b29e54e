"""Pages that leave the folder they were made for: without the links to what stayed behind."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection
from html import unescape
from urllib.parse import unquote, urlsplit

_LINK = re.compile(r'<a\s[^>]*?href="([^"]*)"[^>]*>((?:(?!</a>).)*)</a>', re.DOTALL)
_ALONE = re.compile(rf"<p[^>]*>{_LINK.pattern}</p>\n?", re.DOTALL)


def without_links_out(name: str, html: str, files: Collection[str]) -> str:
    """HTML of a page without the links to files that are not with it.

    A paragraph that is such a link alone is left out; of another link its words stay.

    Parameters
    ----------
    name : path of the page in its folder, with "/".
    files : paths of all that is with it. Links to other sites stay.

    Examples
    --------
    >>> html = '<p><a href="b.html">Mở</a></p><p>Xem <a href="b.html">B</a>, <a href="#c">C</a></p>'
    >>> without_links_out("a.html", html, ["a.html"])
    '<p>Xem B, <a href="#c">C</a></p>'
    """

    def leads_out(href: str) -> bool:
        parts = urlsplit(unescape(href))
        if parts.scheme or parts.netloc or not parts.path:  # another site, or this very page
            return False
        target = posixpath.join(posixpath.dirname(name), unquote(parts.path))
        return posixpath.normpath(target) not in files

    html = _ALONE.sub(lambda match: "" if leads_out(match[1]) else match[0], html)
    return _LINK.sub(lambda match: match[2] if leads_out(match[1]) else match[0], html)
