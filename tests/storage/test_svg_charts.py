"""Charts: what is counted is seen, and what is not is not drawn."""

from __future__ import annotations

from storage.svg_charts import VisitBar, bar_chart, month_calendar, status_badge, trend_line, visit_chart


def test_bars_are_never_invisible_and_none_is_drawn_for_nothing() -> None:
    chart = bar_chart([("2019", 10_000, None), ("2020", 1, None), ("2021", 0, None)])
    assert [bar.height for bar in chart.bars] == [120, 2, 0]
    assert bar_chart([]).bars == ()
    assert month_calendar({}).months == ()
    months = month_calendar({(2020, 12): 8, (2022, 1): 1})
    assert months.years == (2022, 2021, 2020)
    assert [cell.level for cell in months.months if cell.count] == [1, 4]


def test_a_visit_is_a_bar_with_a_mark_below_it_when_it_failed_or_ended_early() -> None:
    visits = [
        VisitBar(4, "4 <new>"),
        VisitBar(0, "none", ended_early=True),
        VisitBar(1, "bad", in_trouble=True),
    ]
    chart = visit_chart(visits)
    assert chart.count("<rect") == 2, "a visit without new articles has no bar"
    assert chart.count('class="dot"') == chart.count('class="cross"') == 1
    assert "4 &lt;new&gt;" in chart
    assert "New articles in the last 3 visits: 5; 1 visits in trouble" in chart


def test_a_line_needs_two_values_and_a_badge_says_its_status_in_words() -> None:
    assert trend_line([3.0], "links") == ""
    assert "links: lately 2, at most 3" in trend_line([3.0, 2.0], "links")
    assert 'aria-label="nld: ✓ well"' in status_badge("nld", "✓ well", "#2d6a2f")
