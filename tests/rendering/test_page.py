"""An executed notebook becomes a page: every output is shown or refused, nothing else gets out."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode, from_dict

from playbook.rendering.attachments import ATTACHMENT
from playbook.rendering.figure import figure_html
from playbook.rendering.frame import TEMPLATES, Placement, plotly_file, say_day
from playbook.rendering.html import PageExporter, export
from playbook.rendering.page import UnrenderedOutputError, markdown_html, page_of

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
FIGURE = {
    "data": [{"type": "bar", "x": ["応募", "面接"], "y": [4, 2], "name": "人数"}],
    "layout": {
        "meta": {
            "title": "段階ごと",
            "caption": "応募から",
            "alt": "4 人から 2 人へ",
            "table": {"columns": ["段階", "人数"], "rows": [["応募", "4"], ["<b>", "2"]]},
        },
        "template": {"layout": {"plot_bgcolor": "#E5ECF6"}, "data": {"bar": [{"type": "bar"}] * 300}},
    },
}


@pytest.fixture(scope="module")
def exporter() -> PageExporter:
    """One exporter for all: it is made to be used many times."""
    return PageExporter()


def shown(data: dict[str, Any], metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    """A displayed output."""
    return {"output_type": "display_data", "data": data, "metadata": metadata or {}}


def notebook(*outputs: dict[str, Any], source: str = "secret_code()") -> NotebookNode:
    """A notebook with a title and one code cell."""
    node: NotebookNode = from_dict(
        {
            "cells": [
                {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# 今週の行動"},
                {"cell_type": "markdown", "id": "b", "metadata": {}, "source": "## 期限超過（今週）"},
                {
                    "cell_type": "code",
                    "id": "c",
                    "metadata": {"papermill": {"parameters": {"workspace": "/home/me"}}},
                    "source": source,
                    "execution_count": 1,
                    "outputs": list(outputs),
                },
            ],
            "metadata": {"kernelspec": {"name": "my-kernel", "display_name": "My kernel", "language": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )
    return node


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ({"output_type": "stream", "name": "stdout", "text": "a <b> \x1b[31mred\x1b[0m"}, "a &lt;b&gt; red"),
        (shown({"text/html": "<em>rich</em>", "text/plain": "poor"}), "<em>rich</em>"),
        (shown({"text/markdown": "*soft* <i onclick=x>"}), "<em>soft</em> &lt;i onclick=x&gt;"),
        (shown({"image/png": PNG}, {"alt": "a dot"}), f'alt="a dot" src="data:image/png;base64,{PNG}"'),
        (shown({"image/jpeg": "abc="}), 'alt="図: 期限超過（今週）" src="data:image/jpeg;base64,abc="'),
        (shown({"image/svg+xml": "<svg/>"}), "data:image/svg+xml;base64,PHN2Zy8+"),
        (shown({"text/latex": "$\\frac{3}{4}$"}), "\\frac{3}{4}"),
        (shown({"text/plain": "'plain'"}), "&#39;plain&#39;"),
        ({"output_type": "error", "ename": "E", "evalue": "why", "traceback": []}, "E: why"),
        (shown({"application/vnd.plotly.v1+json": FIGURE}), '<figcaption><strong id="chart-1-title">段階ごと</strong>'),
    ],
)
def test_every_type_of_output_is_on_the_page(exporter: PageExporter, output: dict[str, Any], expected: str) -> None:
    """Whatever a cell can put out is on the page, in a form that is safe there."""
    assert expected in export(exporter, notebook(output), Placement())


def test_code_paths_parameters_and_kernels_are_not_on_the_page(exporter: PageExporter) -> None:
    """A published page tells nothing about the machine it was made on."""
    noise = {"output_type": "stream", "name": "stderr", "text": "/usr/lib/x.py:1: DeprecationWarning"}
    html = export(exporter, notebook(noise), Placement())
    for hidden in ("secret_code", "/home/me", "my-kernel", "My kernel", "papermill", "DeprecationWarning"):
        assert hidden not in html


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"application/vnd.vega.v5+json": {}, "text/plain": "<Vega>"}, "application/vnd.vega.v5\\+json, which no page"),
        ({"application/vnd.jupyter.widget-view+json": {}}, "widget-view"),
        ({"application/javascript": "alert(1)"}, "application/javascript"),
        ({"text/html": "<script>alert(1)</script>"}, "HTML with a script"),
        ({"text/html": "<img src='https://example.com/a.png'>"}, "HTML with a file from elsewhere"),
        ({"text/html": "<p style=\"background:url('http://example.com')\">"}, "HTML with a file from elsewhere"),
        ({"text/html": '<p onclick="x()">'}, "HTML with an event handler"),
        ({"text/html": "<iframe src='data:x'></iframe>"}, "HTML with an embedded document"),
        ({"text/html": "<small>shape: (40, 3)</small><table><tr></tr><tr></tr></table>"}, "a frame of 40 rows"),
        ({"text/html": "<table><tr></tr><tr></tr></table><p>90 rows × 2 columns</p>"}, "a frame of 90 rows"),
    ],
)
def test_what_nobody_could_read_is_an_error(data: dict[str, Any], message: str) -> None:
    """An output without a renderer, or one that needs what a page may not have, stops the report and names the cell."""
    with pytest.raises(UnrenderedOutputError, match=f"セル 3「期限超過（今週）」: .*{message}") as caught:
        page_of(notebook(shown(data)), lang="ja")
    assert caught.value.cell == 2


@pytest.mark.parametrize("html", ["<a href='https://example.com'>x</a>", "<p>a onclick = b, url(http://x)</p>"])
def test_links_and_words_are_no_reason_to_refuse(html: str) -> None:
    """A link is followed by people only, and text may speak of anything."""
    assert html in page_of(notebook(shown({"text/html": html})), lang="ja").sections[0].html


def test_the_policy_names_the_script_of_the_page(exporter: PageExporter) -> None:
    """Only the script whose hash is in the policy may run, and nothing may be fetched."""
    html = export(exporter, notebook(shown({"text/plain": "x"})), Placement())
    policy = unescape(re.findall(r'Content-Security-Policy" content="([^"]+)"', html)[0])
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in scripts]
    assert len(scripts) == 1
    assert policy.startswith(f"default-src 'none'; script-src 'sha256-{hashes[0]}';")
    assert "http" not in policy


def test_plotly_stands_beside_the_page_or_inside_it(exporter: PageExporter) -> None:
    """The same page with one script beside it, or with everything in one file."""
    chart = notebook(shown({"application/vnd.plotly.v1+json": FIGURE}))
    beside = export(exporter, chart, Placement(plotly_src="assets/plotly.min.js"))
    inside = export(exporter, chart, Placement())
    assert '<script src="assets/plotly.min.js"></script>' in beside
    assert len(beside) < 100_000
    assert len(inside) > plotly_file().stat().st_size
    assert "src=" not in re.sub(r"<script>.*?</script>", "", inside, flags=re.DOTALL)


def test_a_chart_carries_caption_table_and_no_default_template() -> None:
    """The figure is JSON without plotly's template, with its numbers in a table, all text escaped."""
    html = figure_html(FIGURE, 3, "ja")
    figure = json.loads(re.findall(r'<script type="application/json" data-for="chart-3">(.*?)</script>', html)[0])
    assert figure == {"data": FIGURE["data"], "layout": {}}
    assert "<td>&lt;b&gt;</td><td>2</td>" in html
    assert "4 人から 2 人へ" in html
    assert len(html) < 2_000


def test_what_traces_share_is_written_once_and_read_back_whole() -> None:
    """Read as page.js reads it, the JSON of a page gives the traces as they were, and takes less room."""
    days = list(range(40))
    edge = {"type": "scatter", "mode": "lines", "x": days, "line": {"shape": "hv", "width": 0}, "hoverinfo": "skip"}
    traces = [
        {**edge, "y": [n % 7 for n in days]},
        {**edge, "y": [n % 8 for n in days], "fill": "tonexty"},
        {"type": "scatter", "x": days, "y": [n % 9 for n in days], "name": "x"},
        {"type": "bar", "x": [1, 2], "y": [3, 4]},
        {"type": "bar", "x": [1, 2], "y": [3, 5], "text": None},
    ]
    html = str(figure_html({"data": traces, "layout": {}}, 1, "ja"))
    written = json.loads(html.split('data-for="chart-1">')[1].split("</script>")[0])["data"]
    read: list[dict[str, Any]] = []
    for trace in written:
        whole = {**(read[trace["like"]] if "like" in trace else {}), **trace}
        whole.pop("like", None)
        read.append({**whole, "x": read[whole["x"]]["x"] if isinstance(whole["x"], int) else whole["x"]})
    assert read == traces
    assert len(json.dumps(written)) < 0.7 * len(json.dumps(traces))


def test_many_files_are_folded() -> None:
    """The first two of many files stand there, the others unfold; a few stand as they are."""

    def files(n: int) -> str:
        told = [{ATTACHMENT: {"name": f"{k}.ics", "bytes": 10, "label": f"f{k}"}, "text/html": "x"} for k in range(n)]
        page = page_of(notebook(*(shown(data) for data in told)), lang="ja", files_href="p.files/")
        return str(page.lead) + "".join(str(section.html) for section in page.sections)

    assert files(5).count('class="pb-file"') == 5 and "<details" not in files(5)
    many = files(12)
    assert many.count('class="pb-file"') == 12 and "ほか10件のファイル" in many
    assert many.index("1.ics") < many.index("<details") < many.index("2.ics")


def test_a_plain_figure_gets_its_table_from_its_traces() -> None:
    """A figure that brings no table, packed numbers included, is readable as one."""
    packed = {"dtype": "f8", "bdata": base64.b64encode(bytes(8) + b"\x00\x00\x00\x00\x00\x00\xf0?").decode()}
    figure = {"data": [{"x": ["a", "b"], "y": packed, "name": "線"}], "layout": {"title": {"text": "題"}}}
    html = figure_html(figure, 1, "ja")
    assert '<td>線</td><td>b</td><td class="num">1</td>' in html
    assert '<strong id="chart-1-title">題</strong>' in html


def test_headings_have_readable_ids_and_no_gaps() -> None:
    """One title, ids in the language of the text, told apart, and no level left out."""
    outputs = [shown({"text/html": f"<h{level}>同じ</h{level}>"}) for level in (4, 1, 6)]
    page = page_of(notebook(*outputs), lang="ja")
    assert page.title == "今週の行動"
    found = re.findall(r'<h(\d) id="([^"]+)"', "".join(section.html for section in page.sections))
    assert found == [("2", "期限超過-今週"), ("3", "同じ"), ("2", "同じ-2"), ("3", "同じ-3")]
    assert [heading.text for heading in page.headings] == ["期限超過（今週）", "同じ", "同じ", "同じ"]


def test_a_heading_that_code_writes_fills_no_heading_above_it() -> None:
    """What stands under the next heading, written by code or not, is nothing of the one before."""
    nothing, asked = '<p class="pb-empty">ない</p>', "<h2>質問</h2><p>質問はありません。</p>"
    page = page_of(notebook(shown({"text/html": nothing}), shown({"text/html": asked})), lang="ja")
    assert [heading.text for heading in page.headings] == ["質問"]
    assert "期限超過（今週）" in str(page.sections[-1].html).partition("該当なし")[2]


def test_markdown_of_authors_keeps_html_and_markdown_of_data_does_not() -> None:
    """HTML in a Markdown cell is the author's; in an output it may come from data."""
    assert "<b>x</b>" in markdown_html("<b>x</b>", trusted=True)
    assert "&lt;b&gt;x" in markdown_html("<b>x</b>", trusted=False)
    assert "javascript:" not in markdown_html("[x](javascript:alert)", trusted=False)


def test_days_are_said_as_people_write_them() -> None:
    """The day a page speaks of is written out in its language."""
    assert say_day("2026-11-24T09:30", "ja") == "2026年11月24日（火） 09:30"
    assert say_day("2026-11-24", "en") == "Tue 24 Nov 2026"


def test_plain_nbconvert_makes_the_same_page(tmp_path: Path) -> None:
    """`jupyter nbconvert --template playbook` needs nothing else of this project."""
    source = tmp_path / "weekly.ipynb"
    node = notebook(shown({"text/plain": "x"}))
    node.cells[2].metadata = {}
    node.metadata["papermill"] = {"parameters": {"lang": "en", "as_of": "2026-11-20"}}
    source.write_text(json.dumps(node), encoding="utf-8")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--template", "playbook", str(source)]
    basedirs = f"--TemplateExporter.extra_template_basedirs={TEMPLATES}"
    subprocess.run([*command, basedirs], check=True, capture_output=True, cwd=tmp_path)
    html = (tmp_path / "weekly.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in html
    assert "As of Fri 20 Nov 2026" in html
    assert "secret_code" not in html
