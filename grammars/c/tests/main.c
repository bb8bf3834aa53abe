/* SPDX header. */

#include <stdio.h>
//        ^ import stdio.h include
#include "lib/local.h"
//        ^ import lib/local.h quoted include
#ifdef CONFIG_X
//     ^ read CONFIG_X
#include "x.h"
//        ^ import x.h quoted include
#endif
#include HEADER
//       ^ import HEADER include

#define LIMIT 10
//      ^ define define LIMIT
#define EMPTY
//      ^ define define EMPTY
#define MAX(a, b) ((a) > (b) ? (a) : helper(b, LIMIT))
//      ^ define macro MAX
//      ^ signature #define MAX(a, b)
//                                   ^ call helper
//                                             ^ read LIMIT

struct forward;
//     ^ type forward

/* A point. */
struct point {
//     ^ define struct point doc
//     ^ signature struct point
	int x, y;
	//  ^ define field point.x : #int
	//     ^ define field point.y : #int
	struct point *next;
	//     ^ type point
	//            ^ define field point.next : point
	size_t (*measure)(struct point *self, unit_t unit);
	//       ^ define field point.measure : #size_t
	//                       ^ type point
	//                                    ^ type unit_t
	char name[LIMIT];
	//   ^ define field point.name : #char
	//        ^ read LIMIT
	union {
		long as_long;
		//   ^ define field point.as_long : #long
		float as_float;
		//    ^ define field point.as_float : #float
	};
	unsigned flag : 1;
	//       ^ define field point.flag : #unsigned
};

typedef struct {
	int width;
	//  ^ define field size.width : #int
} size;
//^ define struct size
//^ signature typedef struct … size

typedef struct point point_t, *point_ptr;
//             ^ type point
//                   ^ define type point_t : point
//                   ^ signature typedef struct point point_t, *point_ptr
//                             ^ define type point_ptr : point
//                             ^ signature typedef struct point point_t, *point_ptr
typedef int (*callback)(struct point *p, void *data);
//            ^ define type callback : #int
//            ^ signature typedef int (*callback)(struct point *p, void *data)
//                             ^ type point

enum color { RED, GREEN = LIMIT, BLUE };
//   ^ define enum color
//   ^ signature enum color
//           ^ define variant color.RED
//                ^ define variant color.GREEN : LIMIT
//                        ^ read LIMIT
//                               ^ define variant color.BLUE
typedef enum { ON, OFF } state;
//             ^ define variant state.ON
//                 ^ define variant state.OFF
//                       ^ define enum state
//                       ^ signature typedef enum … state
enum { ANONYMOUS };
//     ^ define variant ANONYMOUS
union any { int i; };
//    ^ define union any
//    ^ signature union any
//              ^ define field any.i : #int

extern int external;
//         ^ define variable external declared : #int
//         ^ signature extern int external
static const struct point origin = { .x = 1, .next = &other };
//                  ^ type point
//                        ^ define variable origin private : point
//                        ^ signature static const struct point origin = { .x = 1, .next = &other }
//                                                    ^ read other
int counter = LIMIT, *pointer;
//  ^ define variable counter : #int
//  ^ signature int counter = LIMIT, *pointer
//            ^ read LIMIT
//                    ^ define variable pointer : #int
//                    ^ signature int counter = LIMIT, *pointer
static struct { int inner; } single;
//                  ^ define field single.inner : #int
//                           ^ define variable single private
//                           ^ signature static struct … single
struct named { int field; } instance;
//     ^ define struct named
//     ^ signature struct named
//                 ^ define field named.field : #int
//                          ^ define variable instance : named
//                          ^ signature struct named … instance
int (*function_pointer)(int value);
//    ^ define variable function_pointer : #int
//    ^ signature int (*function_pointer)(int value)

int prototype(struct point *p, callback cb);
//  ^ define function prototype declared : #int
//  ^ signature int prototype(struct point *p, callback cb)
//                   ^ type point
//                             ^ type callback
static inline void hidden(void);
//                 ^ define function hidden private declared : #void
//                 ^ signature static inline void hidden(void)
struct point *returns_pointer(int);
//     ^ type point
//            ^ define function returns_pointer declared : point
//            ^ signature struct point *returns_pointer(int)

/* Adds. */
static int add(struct point *a, int b)
//         ^ define function add private doc : #int
//         ^ signature static int add(struct point *a, int b)
//                    ^ type point
{
	struct point *local = a->next, other;
	//     ^ type point
	//                       ^ read a{:point}.next
	size_t n = sizeof(struct size_info);
	//                       ^ type size_info
	local->measure(local, n);
	//     ^ call local{:point}.measure
	other.x = MAX(b, counter);
	//    ^ write other{:point}.x
	//        ^ call MAX
	//               ^ read counter
	a->x += origin.y;
	// ^ write a{:point}.x
	//      ^ read origin
	//             ^ read origin.y
	for (int i = 0; i < LIMIT; i++)
	//                  ^ read LIMIT
		consume(&a[i], (struct cast *)b);
		// <- call consume
		//                     ^ type cast
	if (b == RED)
	//       ^ read RED
		goto out;
	return add(local, instance.field);
	//     ^ call add
	//                ^ read instance
	//                         ^ read instance.field
out:
	return (struct point){ .x = 1 }.x;
	//             ^ call point
	//                              ^ read point().x
}

int *pointer_function(const char *name, ...)
//   ^ define function pointer_function : #int
//   ^ signature int *pointer_function(const char *name, ...)
{
	return lookup(name);
	//     ^ call lookup
}

#if defined(CONFIG_Y) && VERSION > 3
//          ^ read CONFIG_Y
//                       ^ read VERSION
void conditional(void) {}
//   ^ define function conditional : #void
//   ^ signature void conditional(void)
#else
void conditional(void) { fallback(); }
//   ^ define function conditional : #void
//   ^ signature void conditional(void)
//                       ^ call fallback
#endif

module_init(add);
// <- call module_init
//          ^ read add
EXPORT_SYMBOL(add);
// <- call EXPORT_SYMBOL
//            ^ read add
//: exports public
//: problems none
