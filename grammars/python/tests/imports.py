"""Imports of every form."""
import os
#      ^ import os as os
import os.path
#      ^ import os.path
#      ^ import os as os
#         ^ import path os.path
import numpy as np
#      ^ import numpy as np
import xml.etree.ElementTree as ET, json
#      ^ import xml.etree.ElementTree as ET
#                ^ import path xml.etree.ElementTree
#                                   ^ import json as json
from . import sibling
#             ^ import . sibling as sibling
from .. import uncle as relative
#              ^ import .. uncle as relative
from .pkg.mod import name, other as alias
#         ^ import path .pkg.mod
#                    ^ import .pkg.mod name as name
#                          ^ import .pkg.mod other as alias
from ...far import (
#       ^ import path ...far
    one,
    # <- import ...far one as one
    two as deux,
    # <- import ...far two as deux
)
from shapes import *
#    ^ import path shapes
#                  ^ import shapes all
from collections.abc import Mapping
#                ^ import path collections.abc
#                           ^ import collections.abc Mapping as Mapping

__all__ = ["name", 'alias']
# <- define variable __all__
# <- signature __all__ = ["name", 'alias']
__all__ += ("np",)
# <- write __all__
__all__.extend(["ET"])
# <- read __all__
#       ^ call __all__.extend
__all__.append("json")
# <- read __all__
#       ^ call __all__.append


def lazily():
#   ^ define function lazily
#   ^ signature def lazily()
    from .late import thing
    #     ^ import path .late
    #                 ^ import .late thing as thing local
    import heavy.module as heavy
    #      ^ import heavy.module as heavy local
    #            ^ import path heavy.module
    thing.go(heavy.run)
    # <- read <.late thing>
    #     ^ call <.late thing>.go
    #        ^ read <heavy.module>
    #              ^ read <heavy.module>.run
    os.path.join(np.pi)
    # <- read os
    #  ^ read os.path
    #       ^ call os.path.join
    #            ^ read np
    #               ^ read np.pi


if TYPE_CHECKING:
#  ^ read TYPE_CHECKING
    from .types import Shape
    #     ^ import path .types
    #                  ^ import .types Shape as Shape
#: exports name alias np ET json
#: problems none
