from .a import *
#     ^ import path .a
#              ^ import .a all
from . import a
#             ^ import . a as a

__all__ = a.__all__ + ["x"]
# <- define variable __all__
# <- signature __all__ = a.__all__ + ["x"]
#         ^ read a
#           ^ read a.__all__
x: "Shape" = None
# <- define variable x : Shape
# <- signature x: "Shape" = None
#   ^ type Shape
#: exports unknown
#: problems none
