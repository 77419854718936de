"""How parts of a number look, and where they stand: markup that leaves a text visible. `{}` stands for the text."""

ALIKE = (
    "{}",
    "<span>{}</span>",
    "<b>{}</b>",
    "<i>{}</i>",
    "<em class=digit>{}</em>",
    "<x-digit>{}</x-digit>",
    '<font color="#080">{}</font>',
    '<span style="color:#c00">{}</span>',
    '<span style="display:contents">{}</span>',
    '<span style="display:inline-block">{}</span>',
    '<span style="position:relative">{}</span>',
    '<span style="display:inline-flex">{}</span>',
    '<span style="opacity:.8">{}</span>',
    '<span style="font-weight:700"><span><span>{}</span></span></span>',
    '<span aria-hidden=true data-v=7 title="7">{}</span>',
    '<u style="text-decoration:none">{}</u>',
    "<data value=7>{}</data>",
    "<bdi>{}</bdi>",
    "<!-- -->{}<!-- -->",
    "<wbr>{}<wbr>",
    "<span></span>{}<span></span>",
    "<span>{}<i></i></span>",
    '<span style="display:inline-block;overflow:hidden;vertical-align:bottom">{}</span>',
    '<span style="display:inline-block;transform:translateY(0)">{}</span>',
    '<span style="transition:color 1s;will-change:transform">{}</span>',
    "<x-box><template shadowrootmode=open><span><slot></slot></span></template>{}</x-box>",
    "<x-box><template shadowrootmode=open><slot name=a>7</slot></template><i slot=a>{}</i>7</x-box>",
    "<x-box><template shadowrootmode=open>{}</template></x-box>",
    "<x-box><template shadowrootmode=open>{}</template>77</x-box>",
    "<x-box><template shadowrootmode=open><slot>{}</slot></template></x-box>",
    "<style>.{id}v::before{{content:'{}'}}</style><span class={id}v></span>",
    "<style>.{id}v::after{{content:attr(data-v)}}</style><span class={id}v data-v='{}'></span>",
)
"""The text looks like the text around it."""

LESSER = (
    "<small>{}</small>",
    "<sup>{}</sup>",
    "<sub>{}</sub>",
    '<span style="font-size:.7em">{}</span>',
    '<span style="font-size:60%;vertical-align:super">{}</span>',
    '<span style="font-size:.6em;vertical-align:top">{}</span>',
    '<span style="font-size:.75em;position:relative;top:-.4em">{}</span>',
    '<span style="font-size:.6em;vertical-align:.5em">{}</span>',
    '<span style="vertical-align:super">{}</span>',
    '<span style="font-size:.7em;vertical-align:sub">{}</span>',
    '<span style="display:inline-block;font-size:.6em;transform:translateY(-.6em)">{}</span>',
    '<span style="zoom:.6">{}</span>',
    '<u style="font-size:.6em">{}</u>',
    "<style>.{id}l::after{{content:'{}';font-size:.6em;vertical-align:super}}</style><span class={id}l></span>",
)
"""Smaller, raised or lowered."""

BIGGER = (
    "<big>{}</big>",
    '<span style="font-size:1.5em">{}</span>',
    '<b style="font-size:130%">{}</b>',
    '<span style="font-size:2em;line-height:1">{}</span>',
)

STRUCK = (
    "<s>{}</s>",
    "<del>{}</del>",
    "<strike>{}</strike>",
    '<span style="text-decoration:line-through">{}</span>',
    '<span style="text-decoration:line-through"><b>{}</b></span>',
    '<span style="text-decoration:underline line-through red;font-size:.8em">{}</span>',
)

BADGES = (
    '<span style="background:#c00;color:#fff;border-radius:9px;padding:0 5px">{}</span>',
    '<b style="border:1px solid;padding:1px 3px;font-size:.7em">{}</b>',
    '<span style="background:#ccc;padding:0 4px;margin-left:4px;font-size:.6em;vertical-align:super">{}</span>',
    '<a href="#n">{}</a>',
    '<sup><a href="#n">{}</a></sup>',
)
"""The mark of a footnote, or a count in a badge."""

GAPS = (
    " {}",
    "\u00a0{}",
    '<span style="margin-left:.5em">{}</span>',
    '<span style="margin-left:2em">{}</span>',
    '<span style="padding-left:1em">{}</span>',
    "<br>{}",
    "<div>{}</div>",
    '<p style="margin:0">{}</p>',
    '<span style="display:block">{}</span>',
    '<span style="display:inline-block;width:100%">{}</span>',
    '<span style="float:right">{}</span>',
    '<span style="position:absolute;right:2px">{}</span>',
    '<span style="position:absolute;left:3px;top:2.2em">{}</span>',
    '<span style="position:relative;left:1.5em">{}</span>',
    '<span style="display:inline-block;transform:translateX(1.5em)">{}</span>',
    " <i></i> {}",
    "&emsp;{}",
    " \t<b> {}</b>",
)
"""Between a number and the next thing: apart from it, or on another line."""

REVERSED = (
    '<span style="display:inline-flex;flex-direction:row-reverse">{}</span>',
    '<span style="display:inline-flex;flex-flow:row-reverse nowrap"><style>.{id}r>*{{flex:none}}</style>{}</span>',
    '<span style="display:inline-grid;grid-auto-flow:column;direction:rtl">{}</span>',
)
"""The children stand in reverse order."""

FONTS = (
    "Liberation Sans", "DejaVu Sans", "Liberation Serif", "DejaVu Sans Mono", "Liberation Mono", "DejaVu Serif",
    "Liberation Sans Narrow", "sans-serif",
)  # fmt: skip
ROOT_STYLES = (
    "", "", "",
    "font-weight:700",
    "color:#fff;background:#123;display:inline-block",
    "letter-spacing:1px",
    "letter-spacing:-.3px",
    "text-align:right",
    "line-height:1",
    "line-height:2.2",
    "white-space:pre",
    "white-space:nowrap",
    "font-variant-numeric:tabular-nums",
    "display:inline-block",
    "display:block;overflow:hidden",
    "display:table-cell;vertical-align:middle",
    "text-shadow:0 0 1px #999",
    "transform:scale(.8)",
    "zoom:1.3",
    "opacity:.7",
    "font-style:italic",
    "padding:3px 8px;border:1px solid #999;border-radius:4px",
    "word-spacing:.2em",
    "text-transform:uppercase",
    "position:relative;z-index:1",
)  # fmt: skip
