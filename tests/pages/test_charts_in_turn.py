"""The chart that a reader goes to is drawn before its neighbours, and these when nobody waits."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

# Idle time comes when the test says so; `drawn` names the charts in the order of their drawing.
IDLE_HELD = """
window.held = new Map();
window.drawn = [];
let turns = 0;
window.requestIdleCallback = (work) => { held.set(++turns, work); return turns; };
window.cancelIdleCallback = (turn) => held.delete(turn);
window.idleTurn = () => {
  const [turn, work] = [...held][0];
  held.delete(turn);
  work({ didTimeout: false, timeRemaining: () => 50 });
};
new MutationObserver((changes) => changes.forEach(({ target }) => {
  drawn.push(target.closest("[data-name]").dataset.name);
})).observe(document, { subtree: true, attributeFilter: ["data-state"] });
"""
# The page is told to be read to its end when the test says so.
UNREAD = """
const listen = document.addEventListener.bind(document);
document.addEventListener = (type, heard, ...rest) => {
  if (type === "DOMContentLoaded") window.whenRead = heard;
  else listen(type, heard, ...rest);
};
"""
TWO_FRAMES = "new Promise(seen => requestAnimationFrame(() => requestAnimationFrame(seen)))"
JUMP = "plot => plot.scrollIntoView({ block: 'center', behavior: 'instant' })"
NAMES = "all => all.map(figure => figure.dataset.name)"


@pytest.fixture
def held(browser_page: Page, january_made: Path) -> Page:
    """The report with no idle time yet; `held.names`: its charts as they stand."""
    browser_page.add_init_script(IDLE_HELD)
    browser_page.goto((january_made / "2024-01" / "report.html").as_uri())
    browser_page.wait_for_function("() => held.size")
    browser_page.evaluate(TWO_FRAMES)
    browser_page.names = browser_page.eval_on_selector_all("figure[data-name]", NAMES)
    return browser_page


def drawn(page: Page) -> list[str]:
    return page.evaluate("drawn")


def jump(page: Page, name: str) -> None:
    page.eval_on_selector(f"[data-name={name}] .plot", JUMP)
    page.evaluate(TWO_FRAMES)


def test_a_chart_jumped_to_is_drawn_alone_and_without_idle_time(held: Page):
    """Each peeks from below when the one above it is in the middle, and still has to wait."""
    there = drawn(held)
    asked = [name for name in held.names if name not in there]
    assert len(asked) > 10  # noqa: PLR2004
    for name in asked:
        jump(held, name)
        there.append(name)
        assert drawn(held) == there
    assert held.evaluate("held.size") == 1
    assert held.complaints == []


def test_in_idle_time_the_nearest_are_drawn_one_at_a_time_and_give_way(held: Page):
    place = held.names.index("ward_trends")
    jump(held, "ward_trends")
    held.evaluate("idleTurn()")
    *_, asked, neighbour = drawn(held)
    assert asked == "ward_trends"
    assert abs(held.names.index(neighbour) - place) == 1
    jump(held, held.names[-1])
    assert drawn(held)[-2:] == [neighbour, held.names[-1]]
    held.evaluate("idleTurn()")
    assert drawn(held)[-1] == held.names[-2]
    turns = len(held.names) - len(drawn(held))
    for count in range(turns):
        assert len(drawn(held)) == len(held.names) - turns + count
        assert held.evaluate("[held.size, document.documentElement.dataset.charts]") == [
            1,
            "drawing",
        ]
        held.evaluate("idleTurn()")
    assert sorted(drawn(held)) == sorted(held.names)
    held.evaluate("idleTurn()")
    assert held.evaluate("[held.size, document.documentElement.dataset.charts]") == [0, "ready"]


def test_plotly_measures_no_name_beside_the_rows_of_the_longest_chart(held: Page):
    """Their room is given; measuring each again would take a third of the drawing."""
    jump(held, "late_by_ward")
    axis = "document.querySelector('[data-name=late_by_ward] .plot')._fullLayout.yaxis"
    assert held.evaluate(f"[{axis}.automargin, {axis}.ticklabeloverflow]") == [False, "allow"]


def test_whoever_prints_waits_for_no_idle_time(held: Page):
    held.evaluate("document.documentElement.classList.add('print-all')")
    held.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert set(drawn(held)) == set(held.names)


def test_a_browser_that_tells_of_no_idle_time_draws_every_chart(
    browser_page: Page, january_made: Path
):
    browser_page.add_init_script(
        "window.requestIdleCallback = window.cancelIdleCallback = undefined"
    )
    browser_page.goto((january_made / "2024-01" / "report.html").as_uri())
    browser_page.wait_for_selector("html[data-charts=ready]")
    plots = browser_page.locator(".plot").all()
    assert all(plot.locator("svg.main-svg").count() for plot in plots)
    assert browser_page.complaints == []


def test_the_chart_of_the_first_screen_waits_for_nothing_below_it(
    browser_page: Page, january_made: Path
):
    browser_page.add_init_script(UNREAD)
    browser_page.goto((january_made / "2024-01" / "report.html").as_uri())
    browser_page.wait_for_selector(".overview .plot svg.main-svg")
    assert browser_page.locator(".plot:has(svg.main-svg)").count() == 1
    browser_page.evaluate("whenRead()")
    browser_page.wait_for_selector("html[data-charts=ready]")
    assert browser_page.locator(".plot:not(:has(svg.main-svg))").count() == 0
    assert browser_page.complaints == []
