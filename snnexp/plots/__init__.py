"""Pictures of runs, from plain numbers; loaded only where one is drawn.

These are files for papers and slides. `snnexp report` draws its own as SVG: they follow a page that is light or dark,
wide or narrow, and need no matplotlib.
"""
