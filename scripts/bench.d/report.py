"""What a run leaves behind: table.md, table.json and chart.svg.

SPDX-License-Identifier: MIT
"""
import json
import os
from xml.sax.saxutils import escape

import rows

NOTE = """\
cpu, user, system: microseconds of the server's own processor time for one
request, from /proc/PID/stat of it and its children; the median over the
rounds. A round drives every server in turn, one worker pinned to core 0,
wrk with one thread to core 1. `x floor` and `x peer` are medians of the
rounds' ratios to the least an epoll server can do and to the cheapest of
nginx, h2o, lighttpd, apache and caddy. Only ratios within a run count.
h2load drives the rows of TLS and HTTP/2; their floor is OpenSSL and nghttp2
alone.

lwan is not in Debian. Built by hand and measured in the same way, it took
0.96 (1 KiB), 1.05 (browser's head) and 1.00 (10 KiB) of the floor's time,
and 1.11 of the best peer's for a connection per request; it failed with
files of 100 KiB and more and hung when requests were pipelined.
"""
OTHERS_MAX = 0.1  # of a core: a run with more is not compared
COLUMNS = ("server", "cpu us", "user", "system", "req/s", "p99 ms",
           "x floor", "x peer")


def number(value, digits=2):
    if value is None or value != value:
        return "-"
    return f"{value:.{digits}f}" if value < 1000 else f"{value:.0f}"


def cells(name, figure):
    if "error" in figure:
        return [name, "void: " + figure["error"].replace("|", "/")] + \
            [""] * (len(COLUMNS) - 2)
    return [name, number(figure["cpu_us"]), number(figure["user_us"]),
            number(figure["system_us"]), f"{figure['rate']:.0f}",
            number(figure["p99_ms"]), number(figure.get("to_floor")),
            number(figure.get("to_peer"))]


def markdown(header, lines):
    """A table whose columns also line up as text."""
    widths = [max(len(line[i]) for line in [header] + lines
                  if not line[1].startswith("void:") or i == 0)
              for i in range(len(header))]
    out = []
    for line in [header, ["-" * width for width in widths]] + lines:
        fitted = [cell.ljust(width) if i == 0 else cell.rjust(width)
                  for i, (cell, width) in enumerate(zip(line, widths))]
        if line[1].startswith("void:"):
            fitted = fitted[:1] + line[1:]
        out.append("| " + " | ".join(fitted) + " |")
    return "\n".join(out) + "\n"


def row_table(name, row):
    lines = [cells(server, figure)
             for server, figure in row["servers"].items()]
    note = f"\nOther processes took up to {taken(row):.0%} of one core.\n" \
        if taken(row) > OTHERS_MAX else ""
    return (f"## {row['title']}\n\n`{name}`, {row['connections']} "
            f"connections\n\n" + markdown(list(COLUMNS), lines) + note
            + mark_lines(row))


# ---- marks -----------------------------------------------------------------

def taken(row):
    """The largest share of a core that other processes took in a turn."""
    return max((turn["others"] for figure in row["servers"].values()
                for turn in figure.get("rounds", ())), default=0)


def judge(row, base):
    """A word for prong's ratio to base: met, MISSED, or why it is not judged."""
    found = row["servers"]
    ratio = rows.ratio(found.get("prong", {"error": "left out"}),
                       found.get(base))
    if ratio is None:
        return None, "not measured"
    if taken(row) > OTHERS_MAX:
        return ratio, ("not judged: other processes took up to "
                       f"{taken(row):.0%} of a core")
    return ratio, "met" if ratio <= row["marks"][base] else "MISSED"


def mark_lines(row):
    lines = []
    for base, mark in row.get("marks", {}).items():
        ratio, word = judge(row, base)
        lines.append(f"prong / {base}: {number(ratio)}, mark {mark:.2f}: "
                     f"{word}\n")
    return "".join("\n" + line for line in lines)


def meets_marks(result):
    return all(judge(row, base)[1] == "met"
               for row in result["rows"].values()
               for base in row.get("marks", {}))


def heading(result):
    m = result["machine"]
    lines = [
        f"# prong measured, {result['date']}", "",
        f"- machine: {result['host']}, {m['cpu']}, {m['cpus']} cpus, "
        f"{m['memory_mib']} MiB, {m['system']}, {m['kernel']}, "
        f"tcp {m.get('congestion', '?')}",
        f"- load average: {result['load_before']} before, "
        f"{result['load_after']} after",
        f"- {result['rounds']} rounds of {result['seconds']} s",
        "- versions: " + "; ".join(
            f"{name} {version}"
            for name, version in result["versions"].items())]
    if result.get("warning"):
        lines.append(f"- WARNING: {result['warning']}")
    return "\n".join(lines) + "\n"


def table(result):
    return "\n".join([heading(result), NOTE] + [
        row_table(name, row) for name, row in result["rows"].items()])


# ---- the chart ------------------------------------------------------------

BAR, GAP, LEFT, WIDE, RIGHT = 18, 4, 90, 480, 190  # pixels
COLOUR = {"prong": "#c0392b", "prong-log": "#e08e83", "prong-json": "#e08e83",
          "floor": "#7f8c8d"}
OTHER = "#4a78a8"


def svg_text(x, y, text, style=""):
    return f'<text x="{x}" y="{y}"{style}>{escape(text)}</text>'


def bar(y, name, figure, scale):
    middle = y + BAR - 5
    out = [svg_text(LEFT - 8, middle, name, ' text-anchor="end"')]
    if "error" in figure:
        return out + [svg_text(LEFT, middle, "void", ' fill="#999"')]
    width = max(1, figure["cpu_us"] * scale)
    label = number(figure["cpu_us"]) + " us"
    if figure.get("to_floor") and name != "floor":
        label += f", {figure['to_floor']:.2f} x floor"
    colour = COLOUR.get(name, OTHER)
    return out + [
        f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" '
        f'fill="{colour}"/>',
        svg_text(round(LEFT + width + 6), middle, label)]


def panel(y, row):
    """One row of the table, on a scale of its own, cheapest first."""
    figures = sorted(row["servers"].items(),
                     key=lambda item: item[1].get("cpu_us", float("inf")))
    longest = max((f["cpu_us"] for _, f in figures if "cpu_us" in f),
                  default=1) or 1
    out = [svg_text(8, y + 14, row["title"], ' font-weight="bold"')]
    y += 24
    for name, figure in figures:
        out += bar(y, name, figure, WIDE / longest)
        y += BAR + GAP
    return out, y + 14


def chart(result):
    out, y = [], 56
    for row in result["rows"].values():
        drawn, y = panel(y, row)
        out += drawn
    wide = LEFT + WIDE + RIGHT
    title = "Processor time for one request (less is better)"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" '
        f'height="{y}" viewBox="0 0 {wide} {y}" '
        'font-family="sans-serif" font-size="13" role="img">',
        f"<title>{title}</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        svg_text(8, 20, title, ' font-size="16" font-weight="bold"'),
        svg_text(8, 40, f"{result['date']}, {result['machine']['cpu']}, "
                 f"{result['machine']['kernel']}; each panel has a scale "
                 "of its own", ' fill="#666"'),
        *out, "</svg>", ""])


# ---- files ----------------------------------------------------------------

def write(folder, name, text):
    with open(os.path.join(folder, name), "w") as file:
        file.write(text)


def save_json(folder, name, value):
    write(folder, name + ".json", json.dumps(value, indent=1) + "\n")


def save(folder, result):
    write(folder, "table.md", table(result))
    write(folder, "chart.svg", chart(result))
    save_json(folder, "table", result)


# ---- an older run beside this one -----------------------------------------

def change(old, new):
    if not old or not new:
        return "-"
    return f"{(new / old - 1) * 100:+.1f} %"


def floor_ratios(row, server):
    """The ratios to the floor of the rounds, which were driven in turn."""
    found = row["servers"]
    return [a["cpu_us"] / b["cpu_us"] for a, b in zip(
        found[server]["rounds"], found.get("floor", {}).get("rounds", []))
        if b["cpu_us"]]


def bounds(ratios):
    low, high = rows.interval(ratios)
    return f"{low:.2f} to {high:.2f}"


def verdict(old, new):
    """Whether two intervals of the median lie apart."""
    if not old or not new:
        return "no floor"
    (a, b), (c, d) = rows.interval(old), rows.interval(new)
    return "slower" if c > b else "faster" if d < a else "same"


def others(result):
    """The largest share of a core that other processes took in any turn."""
    return max((turn["others"] for row in result["rows"].values()
                for figure in row["servers"].values()
                for turn in figure.get("rounds", ())), default=0)


def compared(old, new, server):
    then, now = floor_ratios(old, server), floor_ratios(new, server)
    return [bounds(then) if then else "-", bounds(now) if now else "-",
            verdict(then, now)]


def refusal(old, new):
    """Why two runs are not to be compared; None: they may be."""
    for name, result in (("the older", old), ("this", new)):
        if others(result) > OTHERS_MAX:
            return (f"not compared: in {name} run other processes took "
                    f"up to {others(result):.0%} of a core, more than "
                    f"{OTHERS_MAX:.0%}; repeat it on a quiet machine")
    return None


def difference(old, new):
    """A line for every figure that both runs have."""
    lines = []
    for name, row in new["rows"].items():
        was = old["rows"].get(name, {}).get("servers", {})
        for server, figure in row["servers"].items():
            before = was.get(server)
            if before is None or "error" in before or "error" in figure:
                continue
            lines.append([
                f"{name} {server}", number(before["cpu_us"]),
                number(figure["cpu_us"]),
                change(before["cpu_us"], figure["cpu_us"]),
                number(before["to_floor"]), number(figure["to_floor"]),
                change(before["to_floor"], figure["to_floor"]),
                *compared(old["rows"][name], row, server)])
    header = ["row, server", "cpu us then", "now", "change",
              "x floor then", "now", "change", "interval then", "now",
              "verdict"]
    return (f"## Since {old['date']} ({old['host']})\n\n"
            + markdown(header, lines))
