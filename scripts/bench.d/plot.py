"""How a cost grows: one panel a kind of growth, one line a server.

SPDX-License-Identifier: MIT
"""
import math

from report import COLOUR, OTHER, number, svg_text

WIDE, HIGH, LEFT, TOP, GAP = 420, 150, 60, 56, 62  # pixels
NAMES = 90


def place(counts, most):
    """From a count and its cost to a point: the x axis is logarithmic."""
    last = math.log(max(counts)) or 1

    def point(count, cost):
        return (LEFT + WIDE * math.log(count) / last,
                HIGH * (1 - cost / most))
    return point


def line(y, name, points):
    """Ours has its numbers below, so that they are read beside others."""
    colour = COLOUR.get(name, OTHER)
    path = " ".join(f"{x:.1f},{y + dy:.1f}" for x, dy, _ in points)
    below = 17 if name == "prong" else -7
    out = [f'<polyline points="{path}" fill="none" stroke="{colour}" '
           'stroke-width="2"/>']
    for x, dy, cost in points:
        out += [f'<circle cx="{x:.1f}" cy="{y + dy:.1f}" r="3" '
                f'fill="{colour}"/>',
                svg_text(round(x + 4), round(y + dy + below), number(cost),
                         f' fill="{colour}"')]
    return out


def legend(y, names):
    return [svg_text(LEFT + WIDE + 40, y + 14 + 18 * i, name,
                     f' fill="{COLOUR.get(name, OTHER)}"')
            for i, name in enumerate(names)]


def panel(y, kind, by_server):
    costs = {name: {count: f["cpu_us"] for count, f in found.items()
                    if "cpu_us" in f} for name, found in by_server.items()}
    costs = {name: found for name, found in costs.items() if found}
    counts = sorted({count for found in costs.values() for count in found})
    if not counts:
        return []
    most = 1.2 * max(max(found.values()) for found in costs.values())
    point = place(counts, most)
    out = [svg_text(8, y - 12, kind, ' font-weight="bold"'),
           f'<path d="M{LEFT} {y} V{y + HIGH} H{LEFT + WIDE}" fill="none" '
           'stroke="#999"/>',
           svg_text(LEFT - 6, y + HIGH, "0", ' text-anchor="end"'),
           svg_text(LEFT - 6, y + 10, number(most, 1),
                    ' text-anchor="end"')]
    for count in counts:
        out.append(svg_text(round(point(count, 0)[0]), y + HIGH + 18,
                            f"{count:,}", ' text-anchor="middle"'))
    out += legend(y, costs)
    for name, found in costs.items():
        out += line(y, name, [(*point(count, cost), cost)
                              for count, cost in sorted(found.items())])
    return out


def chart(figures):
    title = "Microseconds of processor time for one request, as work grows"
    out, y = [], TOP + 20
    for kind, by_server in figures.items():
        out += panel(y, kind, by_server)
        y += HIGH + GAP
    wide = LEFT + WIDE + NAMES
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" '
        f'height="{y}" viewBox="0 0 {wide} {y}" '
        'font-family="sans-serif" font-size="13" role="img">',
        f"<title>{title}</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        svg_text(8, 20, title, ' font-size="16" font-weight="bold"'),
        svg_text(8, 40, "1 KiB files; the horizontal axes are logarithmic",
                 ' fill="#666"'),
        *out, "</svg>", ""])
