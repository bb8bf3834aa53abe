"""What the module is for."""
from __future__ import annotations

import functools
#      ^ import functools as functools
from dataclasses import dataclass, field
#    ^ import path dataclasses
#                       ^ import dataclasses dataclass as dataclass
#                                  ^ import dataclasses field as field
from typing import Literal, Optional, Protocol, overload
#    ^ import path typing
#                  ^ import typing Literal as Literal
#                           ^ import typing Optional as Optional
#                                     ^ import typing Protocol as Protocol
#                                               ^ import typing overload as overload

LIMIT: int = 10
# <- define constant LIMIT : int
# <- signature LIMIT: int = 10
#      ^ type int
_cache = {}
# <- define variable _cache private : #dict
# <- signature _cache = {}
first, (second, *rest) = 1, (2, 3, 4)
# <- define variable first : #tuple<#int, #tuple<#int, #int, #int>>@0
# <- signature first, (second, *rest) = 1, (2, 3, 4)
#       ^ define variable second : #tuple<#int, #tuple<#int, #int, #int>>@1@0
#       ^ signature first, (second, *rest) = 1, (2, 3, 4)
#                ^ define variable rest : #tuple<#int, #tuple<#int, #int, #int>>@1
#                ^ signature first, (second, *rest) = 1, (2, 3, 4)


def load(path, *args, mode: str = "r", **kwargs) -> "Loader":
#   ^ define function load doc : Loader
#   ^ signature def load(path, *args, mode: str = "r", **kwargs) -> "Loader"
#                           ^ type str
#                                                    ^ type Loader
    """Loads it."""
    handle = open(path)
    #        ^ call open
    handle.read(LIMIT)
    #      ^ call handle{=open()}.read
    #           ^ read LIMIT

    def inner():
    #   ^ define function load.inner
    #   ^ signature def inner()
        nonlocal handle
        handle = None
        # <- write handle
        return helper(handle)
        #      ^ call helper

    return inner()
    #      ^ call local:inner


async def _fetch(url: str) -> Optional[Response]:
#         ^ define function _fetch private : Optional<Response>
#         ^ signature async def _fetch(url: str) -> Optional[Response]
#                     ^ type str
#                             ^ type Optional
#                                      ^ type Response
    async with Session() as session:
    #          ^ call Session
        reply = await session.get(url)
        #                     ^ call session{with Session()}.get
        return reply.json()
        #            ^ call reply{=await session{with Session()}.get()<url{:str}>}.json


@functools.lru_cache(maxsize=LIMIT)
#^ read functools
#          ^ call functools.lru_cache
#                            ^ read LIMIT
def cached():
#   ^ define function cached decorated
#   ^ signature def cached()
    pass


@dataclass(frozen=True)
#^ call dataclass
class Point(Base, mixins.Named, metaclass=Meta):
#     ^ define class Point doc decorated < Base, mixins.Named
#     ^ signature class Point(Base, mixins.Named, metaclass=Meta)
#           ^ inherit Base
#                 ^ read mixins
#                        ^ inherit mixins.Named
#                                         ^ read Meta
    """A point."""

    x: float
    # <- define field Point.x : float@Point
    #  ^ type float@Point
    y: float = 0.0
    # <- define field Point.y : float@Point
    #  ^ type float@Point
    tags: list[Tag] = field(default_factory=list)
    # <- define field Point.tags : list@Point<Tag@Point>
    #     ^ type list@Point
    #          ^ type Tag@Point
    #                 ^ call field@Point
    #                                       ^ read list@Point
    ORIGIN = (0, 0)
    # <- define field Point.ORIGIN : #tuple<#int, #int>

    def __init__(self, pool: Pool, *, size=LIMIT):
    #   ^ define method Point.__init__
    #   ^ signature def __init__(self, pool: Pool, *, size=LIMIT)
    #                        ^ type Pool@Point
    #                                      ^ read LIMIT@Point
        self.pool = pool
        #    ^ define field Point.pool : pool{:Pool@Point}
        #    ^ write self<Point>.pool
        self.conn: Connection = pool.acquire()
        #    ^ define field Point.conn : Connection
        #    ^ write self<Point>.conn
        #          ^ type Connection
        #                            ^ call pool{:Pool@Point}.acquire
        self.count, self.total = 0, 1
        #    ^ define field Point.count : #tuple<#int, #int>@0
        #    ^ write self<Point>.count
        #                ^ define field Point.total : #tuple<#int, #int>@1
        #                ^ write self<Point>.total
        super().__init__()
        # <- call super
        #       ^ call super<Point>.__init__

    @property
    #^ decorator property@Point
    def norm(self) -> float:
    #   ^ define method Point.norm decorated : float@Point
    #   ^ signature def norm(self) -> float
    #                 ^ type float@Point
        return self.pool.measure(self.x)
        #           ^ read self<Point>.pool
        #                ^ call self<Point>.pool.measure
        #                             ^ read self<Point>.x

    @staticmethod
    #^ decorator staticmethod@Point
    def build(value):
    #   ^ define method Point.build decorated static
    #   ^ signature def build(value)
        return Point(value)
        #      ^ call Point

    @classmethod
    #^ decorator classmethod@Point
    def make(cls, other: Point | None = None) -> Point:
    #   ^ define method Point.make decorated : Point@Point
    #   ^ signature def make(cls, other: Point | None = None) -> Point
    #                    ^ type Point@Point
    #                                            ^ type Point@Point
        return cls(other.x)
        #                ^ read other{:Point@Point}.x

    class Meta:
    #     ^ define class Point.Meta
    #     ^ signature class Meta
        ordering = ["x"]
        # <- define field Point.Meta.ordering : #list<#str>

    def _hidden(self):
    #   ^ define method Point._hidden private
    #   ^ signature def _hidden(self)
        self.conn.close()
        #    ^ read self<Point>.conn
        #         ^ call self<Point>.conn.close
        self.norm.real
        #    ^ read self<Point>.norm
        #         ^ read self<Point>.norm.real


class Reader(Protocol):
#     ^ define class Reader < Protocol
#     ^ signature class Reader(Protocol)
#            ^ inherit Protocol
    @overload
    #^ decorator overload@Reader
    def read(self, n: int) -> bytes: ...
    #   ^ define method Reader.read decorated : bytes@Reader
    #   ^ signature def read(self, n: int) -> bytes
    #                 ^ type int@Reader
    #                         ^ type bytes@Reader
    @overload
    #^ decorator overload@Reader
    def read(self, n: str) -> str: ...
    #   ^ define method Reader.read decorated : str@Reader
    #   ^ write read@Reader
    #   ^ signature def read(self, n: str) -> str
    #                 ^ type str@Reader
    #                         ^ type str@Reader


if LIMIT > 5:
#  ^ read LIMIT
    def choose():
    #   ^ define function choose
    #   ^ signature def choose()
        return 1
else:
    def choose():
    #   ^ define function choose
    #   ^ signature def choose()
        return 2

try:
    import ujson as json
    #      ^ import ujson as json
except ImportError:
#      ^ read ImportError
    import json
    #      ^ import json as json


class Box[T: (int, str), *Ts](Container[T]):
#     ^ define class Box < Container<T{}>
#     ^ signature class Box[T: (int, str), *Ts](Container[T])
#             ^ type int
#                  ^ type str
#                             ^ inherit Container
    item: T
    # <- define field Box.item : T{}


def swap[K, V](pair: tuple[K, V]) -> tuple[V, K]:
#   ^ define function swap : tuple<V{}, K{}>
#   ^ signature def swap[K, V](pair: tuple[K, V]) -> tuple[V, K]
#                    ^ type tuple
#                                    ^ type tuple
    return pair


type Alias[X] = dict[str, Box[X]]
#    ^ define type Alias : dict<str, Box<X>>
#    ^ signature type Alias[X] = dict[str, Box[X]]
#          ^ type X
#               ^ type dict
#                    ^ type str
#                         ^ type Box
#                             ^ type X
type Plain = Alias
#    ^ define type Plain : Alias
#    ^ signature type Plain = Alias
#            ^ type Alias


def counter():
#   ^ define function counter
#   ^ signature def counter()
    global _cache
    _cache = {}
    # <- write _cache
    _cache.clear()
    # <- read _cache
    #      ^ call _cache.clear


square = lambda n, m=LIMIT: n * m + LIMIT
# <- define variable square
# <- signature square = lambda n, m=LIMIT: n * m + LIMIT
#                    ^ read LIMIT
#                                   ^ read LIMIT


def test_nothing():
#   ^ define function test_nothing test
#   ^ signature def test_nothing()
    assert square(2)
    #      ^ call square


@pytest.mark.slow
#^ read pytest
#       ^ read pytest.mark
#            ^ decorator pytest.mark.slow
def check_slow():
#   ^ define function check_slow test decorated
#   ^ signature def check_slow()
    pass
#: exports public
#: problems none
