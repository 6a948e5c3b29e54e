"""Plug-in of `make test`: what each of its processes does without, as a run does.

The grammar of addresses takes a second to import, and jsonschema knows what to do without it.
"""

import sys

sys.modules["rfc3987_syntax"] = None
