"""Markup that shows nothing: what pages hide, and what is no text of theirs. `{}` stands for the hidden text.

The picture of each page proves that it shows nothing (see `picture`).
"""

INSIDE_A_NUMBER = (
    # Display.
    '<span style="display:none">{}</span>',
    "<span hidden>{}</span>",
    '<span class="phone-only">{}</span>',
    '<span class="print-only">{}</span>',
    "<style>.{id}h{{display:none}}</style><b class={id}h>{}</b>",
    '<div style="display:none"><p>{}</p></div>',
    '<span style="display:none"><span style="display:inline">{}</span></span>',
    # For screen readers.
    "<span class=sr-only>{}</span>",
    '<span style="position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%)">{}</span>',
    '<span style="position:absolute;clip:rect(1px,1px,1px,1px)">{}</span>',
    '<span style="position:absolute;clip-path:inset(100%)">{}</span>',
    '<span style="position:absolute;clip-path:circle(0)">{}</span>',
    '<span style="position:absolute;clip-path:polygon(0 0,0 0,0 0)">{}</span>',
    '<span style="position:absolute;left:-9999px">{}</span>',
    '<span style="position:absolute;top:-9999px">{}</span>',
    '<span style="position:fixed;top:-900px;left:0">{}</span>',
    '<span style="position:absolute;transform:translateX(-9999px)">{}</span>',
    '<span style="position:absolute;translate:-9999px 0">{}</span>',
    '<span style="display:inline-block;width:0;height:0;overflow:hidden">{}</span>',
    '<span style="display:inline-block;max-width:0;overflow:hidden;white-space:nowrap;vertical-align:bottom">{}</span>',
    '<span style="position:absolute;max-height:0;overflow:hidden">{}</span>',
    '<span style="position:absolute;height:0;overflow:hidden;display:block"><i>{}</i></span>',
    "<span class=replaced>{}</span>",
    # Size.
    '<span style="font-size:0">{}</span>',
    '<span style="font:0/0 a">{}</span>',
    '<span style="position:absolute;transform:scale(0)">{}</span>',
    '<span style="position:absolute;scale:0">{}</span>',
    '<span style="position:absolute;transform:scaleY(0)">{}</span>',
    '<span style="position:absolute;transform:rotateY(90deg)">{}</span>',
    '<span style="position:absolute;transform:rotateY(180deg);backface-visibility:hidden">{}</span>',
    # Paint.
    '<span style="position:absolute;visibility:hidden">{}</span>',
    '<span style="position:absolute;visibility:collapse">{}</span>',
    '<span style="position:absolute;opacity:0">{}</span>',
    '<span style="position:absolute;opacity:.2"><i style="opacity:.1">{}</i></span>',
    '<span style="position:absolute;color:transparent">{}</span>',
    '<span style="position:absolute;color:rgba(0,0,0,0)">{}</span>',
    '<span style="position:absolute;-webkit-text-fill-color:transparent">{}</span>',
    '<span style="position:absolute;filter:opacity(0)">{}</span>',
    '<span style="position:absolute;mask-image:linear-gradient(transparent,transparent)">{}</span>',
    '<span style="position:absolute;animation:vanish 1ms both">{}</span>',
    '<span style="position:absolute;opacity:1" class=vanished>{}</span>',
    '<span style="position:absolute;content-visibility:hidden">{}</span>',
    # Elements.
    "<dialog>{}</dialog>",
    "<span popover>{}</span>",
    "<template>{}</template>",
    "<script type=application/json>{}</script>",
    "<style>/*{}*/</style>",
    "<noscript>{}</noscript>",
    "<noframes>{}</noframes>",
    "<datalist><option>{}</option></datalist>",
    "<svg width=1 height=9><title>{}</title></svg>",
    "<svg width=1 height=9><desc>{}</desc></svg>",
    "<svg width=1 height=9><defs><text y=9>{}</text></defs></svg>",
    "<svg width=1 height=9><symbol><text y=9>{}</text></symbol></svg>",
    '<svg width=1 height=9><text y=9 style="display:none">{}</text></svg>',
    "<canvas width=1 height=9>{}</canvas>",
    "<video width=1 height=9>{}</video>",
    "<audio>{}</audio>",
    '<iframe width=1 height=9 style="border:0">{}</iframe>',
    "<input type=hidden value={}>",
    "<math><semantics><mspace width=0></mspace><annotation>{}</annotation></semantics></math>",
    "<ruby><rp>{}</rp></ruby>",
    "<x-box><template shadowrootmode=open><b></b></template>{}</x-box>",
    '<x-box><template shadowrootmode=open><slot name=a></slot></template><i slot="b">{}</i></x-box>',
    "<x-box><template shadowrootmode=open><style>:host{{display:none}}</style>{}</template></x-box>",
    "<x-box><template shadowrootmode=open><style>b{{display:none}}</style><b>{}</b></template></x-box>",
    "<x-box><template shadowrootmode=open><slot>{}</slot></template><i></i></x-box>",
    # Generated content.
    '<style>.{id}p::before{{content:"{}";display:none}}</style><i class={id}p></i>',
    '<style>.{id}p::after{{content:"{}";position:absolute;opacity:0}}</style><i class={id}p></i>',
    '<style>.{id}p::after{{content:"{}";position:absolute;left:-9999px}}</style><i class={id}p></i>',
    '<style>.{id}p::after{{content:"{}";visibility:hidden;position:absolute}}</style><i class={id}p></i>',
    '<style>.{id}p::before{{content:"" / "{}"}}</style><i class={id}p></i>',
    "<i data-v={0} title={0} aria-label={0}></i>",
    "<!-- {} -->",
)
"""Takes no room, or hardly any: it may stand between two digits of a number."""

BESIDE_A_NUMBER = (
    '<details style="display:inline"><summary style="display:none"></summary>{}</details>',
    "<details><summary></summary>{}</details>",
    '<span style="background:#eee;color:#eee">{}</span>',
    '<svg width=9 height=9><title>{}</title><path d="M0 9L9 9L4 0z"/></svg>',
    '<span style="visibility:hidden">{}</span>',
    '<span style="opacity:0">{}</span>',
    '<span style="opacity:.02">{}</span>',
    '<span style="color:transparent">{}</span>',
    '<span style="-webkit-text-fill-color:transparent">{}</span>',
    '<span style="display:inline-block;transform:scale(0)">{}</span>',
    '<span style="display:inline-block;clip-path:inset(0 100% 0 0)">{}</span>',
    '<span style="display:inline-block;clip-path:inset(0 0 100% 0)">{}</span>',
    '<span style="display:inline-block;filter:opacity(0)">{}</span>',
    '<span style="display:inline-block;height:0;overflow:hidden">{}</span>',
    '<span class=window><b style="position:relative;top:2em">{}</b></span>',
    '<span class=covered>{}<i style="position:absolute;inset:0;background:#888"></i></span>',
    "<progress value=3 max=10 style=width:9px>{}</progress>",
    "<meter value=.3 style=width:9px>{}</meter>",
)
"""Takes room: it may stand before or after a number."""

STYLES = """
.phone-only { display: none }
.print-only { display: none }
@media (max-width: 100px) { .phone-only { display: inline } }
@media print { .print-only { display: inline } }
.sr-only {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip: rect(0, 0, 0, 0); white-space: nowrap;
}
.replaced { position: absolute; width: 9px; text-indent: -999px; overflow: hidden; white-space: nowrap }
.window { display: inline-block; overflow: hidden; height: 1em; line-height: 1em }
.covered { display: inline-block; position: relative }
@keyframes vanish { to { opacity: 0 } }
.vanished { opacity: 0 !important }
"""
