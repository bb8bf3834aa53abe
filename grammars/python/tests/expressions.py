import models
#      ^ import models as models
from shop import Order, orders
#    ^ import path shop
#                ^ import shop Order as Order
#                       ^ import shop orders as orders


def comprehend(items: list[Order], seen):
#   ^ define function comprehend
#   ^ signature def comprehend(items: list[Order], seen)
#                     ^ type list
#                          ^ type Order
    names = [item.name for item in items if item.valid(seen)]
    #             ^ read item{in items{:list<Order>}}.name
    #                                            ^ call item{in items{:list<Order>}}.valid
    pairs = {key: Order(value) for key, value in orders.items()}
    #             ^ call Order
    #                                            ^ read orders
    #                                                   ^ call orders.items
    total = sum(order.price for order in orders)
    #       ^ call sum
    #                 ^ read order{in orders}.price
    #                                    ^ read orders
    return names, pairs, total, item, order
    #                           ^ read item
    #                                 ^ read order


def walrus(stream):
#   ^ define function walrus
#   ^ signature def walrus(stream)
    while chunk := stream.read():
    #                     ^ call ?.read
        process(chunk)
        # <- call process
    if (found := models.find(chunk)) is not None:
    #            ^ read models
    #                   ^ call models.find
        found.save()
        #     ^ call found{=models.find()<chunk{=?.read()}>}.save


def matches(command):
#   ^ define function matches
#   ^ signature def matches(command)
    match command:
        case Order(price=amount, owner=models.User(name)):
        #    ^ read Order
        #                              ^ read models
        #                                     ^ read models.User
            charge(amount, name)
            # <- call charge
        case [Order() as head, *tail]:
        #     ^ read Order
            head.ship(tail)
            #    ^ call ?.ship
        case {"key": value, **others}:
            use(value, others)
            # <- call use
        case models.PENDING | models.DONE:
        #    ^ read models
        #           ^ read models.PENDING
        #                     ^ read models
        #                            ^ read models.DONE
            pass
        case str(text) if text.strip():
        #    ^ read str
        #                      ^ call text{=str out of -@0@0}.strip
            print(text)
            # <- call print
        case other:
            fallback(other)
            # <- call fallback


def flows(paths):
#   ^ define function flows
#   ^ signature def flows(paths)
    for path in paths:
        path.unlink()
        #    ^ call path{in ?}.unlink
    with open("x") as handle, lock:
    #    ^ call open
    #                         ^ read lock
        handle.write(f"{models.title(handle)!r} and {paths[0]:>{width}}")
        #      ^ call handle{with open()}.write
        #               ^ read models
        #                      ^ call models.title
        #                                                       ^ read width
    try:
        risky()
        # <- call risky
    except models.Failure as error:
    #      ^ read models
    #             ^ read models.Failure
        error.report()
        #     ^ call error{with models.Failure}.report
    except (KeyError, models.Other):
    #       ^ read KeyError
    #                 ^ read models
    #                        ^ read models.Other
        raise models.Wrapped() from None
        #     ^ read models
        #            ^ call models.Wrapped
    del paths[index]
    #         ^ read index
    later()
    # <- call later
    return lambda event: event.target.focus(handle)
    #                          ^ read ?.target
    #                                 ^ call ?.target.focus


def later():
#   ^ define function later
#   ^ signature def later()
    def local():
    #   ^ define function later.local
    #   ^ signature def local()
        return recurse()
        #      ^ call local:recurse

    def recurse():
    #   ^ define function later.recurse
    #   ^ signature def recurse()
        return local()
        #      ^ call local:local

    class Local(models.Base):
    #     ^ define class later.Local < models.Base
    #     ^ signature class Local(models.Base)
    #           ^ read models
    #                  ^ inherit models.Base
        def run(self):
        #   ^ define method later.Local.run
        #   ^ signature def run(self)
            return self.start()
            #           ^ call self<later.Local>.start

    worker = Local()
    #        ^ call local:Local
    worker.run()
    #      ^ call worker{=local:Local()}.run
    order = orders.first()
    #       ^ read orders
    #              ^ call orders.first
    order.items[0].cancel()
    #     ^ read order{=orders.first()}.items
    #              ^ call order{=orders.first()}.items@0.cancel
    orders[0].ship()
    # <- read orders
    #         ^ call orders@0.ship
    (await order.refresh()).ok()
    #            ^ call order{=orders.first()}.refresh
    #                       ^ call await order{=orders.first()}.refresh().ok
    models.registry.default.count += 1
    # <- read models
    #      ^ read models.registry
    #               ^ read models.registry.default
    #                       ^ write models.registry.default.count
    models.flag = True
    # <- read models
    #      ^ write models.flag
    isinstance(order, Order)
    # <- call isinstance
    #                 ^ read Order
    return Order.objects.filter(owner=order.owner, **extra)[0].pk
    #      ^ read Order
    #            ^ read Order.objects
    #                    ^ call Order.objects.filter
    #                                       ^ read order{=orders.first()}.owner
    #                                                ^ read extra
    #                                                          ^ read Order.objects.filter()@0.pk


value = Order()
# <- define variable value : Order()
# <- signature value = Order()
#       ^ call Order
value.total
# <- read value
#     ^ read value.total
value = models.Other()
#       ^ read models
#              ^ call models.Other


class Scoped:
#     ^ define class Scoped
#     ^ signature class Scoped
    limit = 3
    # <- define field Scoped.limit : #int
    doubled = limit * 2
    # <- define field Scoped.doubled : limit@Scoped.__mul__()
    #         ^ read limit@Scoped

    def use(self):
    #   ^ define method Scoped.use
    #   ^ signature def use(self)
        return limit
        #      ^ read limit


def hoisted():
#   ^ define function hoisted
#   ^ signature def hoisted()
    print(later_bound)
    # <- call print
    later_bound = 1
    return Order
    #      ^ read Order
#: exports public
#: problems none
