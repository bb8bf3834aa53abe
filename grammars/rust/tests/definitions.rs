//! What the crate is for.
//! In two lines.

#![allow(dead_code)]

/// A limit.
pub const LIMIT: usize = 10;
//        ^ define constant LIMIT doc : #usize
//        ^ signature pub const LIMIT: usize = 10
static mut COUNTER: AtomicUsize = AtomicUsize::new(LIMIT);
//         ^ define constant COUNTER private : AtomicUsize
//         ^ signature static mut COUNTER: AtomicUsize = AtomicUsize::new(LIMIT)
//                  ^ type AtomicUsize
//                                ^ type AtomicUsize
//                                             ^ call AtomicUsize::new
//                                                 ^ read LIMIT

/// A pool of connections.
///
/// It has two paragraphs.
#[derive(Clone, Debug)]
//^ decorator derive
//       ^ decorator Clone
//              ^ decorator Debug
pub struct Pool<'a, T: Manage = Plain, const N: usize = 4>
//         ^ define struct Pool doc decorated
//         ^ signature pub struct Pool<'a, T: Manage = Plain, const N: usize = 4> where T: Send + shape::Draw
//                     ^ inherit Manage
//                              ^ type Plain
where
    T: Send + shape::Draw,
    // ^ inherit Send
    //        ^ type shape
    //               ^ inherit shape::Draw
{
    /// The manager.
    pub manager: &'a T,
    //  ^ define field Pool.manager doc : T{:Manage}
    pub(crate) idle: Vec<Conn<T>>,
    //         ^ define field Pool.idle package : Vec<Conn<T{:Manage}>>
    //               ^ type Vec
    //                   ^ type Conn
    size: Option<Box<dyn Fn(usize) -> Size>>,
    // <- define field Pool.size private : Option<Box<Fn<Size>>>
    //    ^ type Option
    //           ^ type Box
    //                   ^ type Fn
    //                                ^ type Size
}

pub(super) struct Wrapper(pub Inner, Outer);
//                ^ define struct Wrapper package
//                ^ signature pub(super) struct Wrapper
//                            ^ type Inner
//                                   ^ type Outer

pub struct Unit;
//         ^ define struct Unit
//         ^ signature pub struct Unit

union Bits {
//    ^ define union Bits private
//    ^ signature union Bits
    int: u32,
    // <- define field Bits.int private : #u32
    float: f32,
    // <- define field Bits.float private : #f32
}

/* A block comment documents too. */
pub enum Shape {
//       ^ define enum Shape doc
//       ^ signature pub enum Shape
    /// Round.
    Circle(Radius),
    // <- define variant Shape.Circle doc
    //     ^ type Radius
    Square { side: Length },
    // <- define variant Shape.Square
    //       ^ define field Shape.Square.side : Length
    //             ^ type Length
    Nothing = LIMIT as isize,
    // <- define variant Shape.Nothing
    //        ^ read LIMIT
}

pub trait Draw: Send + base::Paint<Canvas> {
//        ^ define trait Draw < Send, base::Paint<Canvas>
//        ^ signature pub trait Draw: Send + base::Paint<Canvas>
//              ^ inherit Send
//                     ^ type base
//                           ^ inherit base::Paint
//                                 ^ type Canvas
    const NAME: &'static str;
    //    ^ define constant Draw.NAME : #str
    //    ^ signature const NAME: &'static str
    type Output: Display;
    //   ^ define type Draw.Output < Display
    //   ^ signature type Output: Display
    //           ^ inherit Display
    /// Draws it.
    fn draw(&self, canvas: &mut Canvas) -> Self::Output;
    // ^ define method Draw.draw doc declared : Self@Draw::Output
    // ^ signature fn draw(&self, canvas: &mut Canvas) -> Self::Output
    //                          ^ type Canvas
    //                                     ^ type Self@Draw
    //                                           ^ type Self@Draw::Output
    fn twice(&self) {
    // ^ define method Draw.twice
    // ^ signature fn twice(&self)
        self.draw(&mut Canvas::new());
        //   ^ call self<Draw>.draw
        //             ^ type Canvas
        //                     ^ call Canvas::new
        Self::NAME.len();
        // <- type Self@Draw
        //    ^ read Self@Draw::NAME
        //         ^ call Self@Draw::NAME.len
    }
}

impl<'a, T: Manage> Pool<'a, T> {
//          ^ inherit Manage
//                  ^ define impl Pool : Pool<T{:Manage}>
//                  ^ type Pool
//                  ^ signature impl<'a, T: Manage> Pool<'a, T>
    pub const EMPTY: usize = 0;
    //        ^ define constant Pool.EMPTY : #usize
    //        ^ signature pub const EMPTY: usize = 0

    pub fn new(manager: &'a T) -> Self {
    //     ^ define method Pool.new : Self@Pool
    //     ^ signature pub fn new(manager: &'a T) -> Self
    //                            ^ type Self@Pool
        Self { manager, idle: Vec::new(), size: None }
        // <- call Self@Pool
        //                    ^ type Vec
        //                         ^ call Vec::new
        //                                      ^ read None
    }

    fn hidden(&self) -> Option<&Conn<T>> {
    // ^ define method Pool.hidden private : Option<Conn<T{:Manage}>>
    // ^ signature fn hidden(&self) -> Option<&Conn<T>>
    //                  ^ type Option
    //                          ^ type Conn
        self.idle.first()
        //   ^ read self<Pool>.idle
        //        ^ call self<Pool>.idle.first
    }
}

impl<T> Draw for &T
//      ^ inherit Draw
//               ^ define impl T : T{} < Draw
//               ^ signature impl<T> Draw for &T where T: Draw
where
    T: Draw,
    // ^ inherit Draw
{
    type Output = T::Output;
    //   ^ define type T.Output : T{}::Output
    //   ^ signature type Output = T::Output
    //               ^ type T{}::Output
    const NAME: &'static str = "ref";
    //    ^ define constant T.NAME : #str
    //    ^ signature const NAME: &'static str = "ref"
    fn draw(&self, canvas: &mut Canvas) -> Self::Output {
    // ^ define method T.draw : Self@T::Output
    // ^ signature fn draw(&self, canvas: &mut Canvas) -> Self::Output
    //                          ^ type Canvas
    //                                     ^ type Self@T
    //                                           ^ type Self@T::Output
        (*self).draw(canvas)
        //      ^ call self<T>.draw
    }
}

impl fmt::Display for Shape {
//   ^ type fmt
//        ^ inherit fmt::Display
//                    ^ define impl Shape : Shape < fmt::Display
//                    ^ type Shape
//                    ^ signature impl fmt::Display for Shape
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    // ^ define method Shape.fmt : fmt::Result
    // ^ signature fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result
    //                    ^ type fmt
    //                         ^ type fmt::Formatter
    //                                           ^ type fmt
    //                                                ^ type fmt::Result
        match self {
            Shape::Circle(radius) => write!(f, "{}", radius.value()),
            // <- type Shape
            //     ^ read Shape::Circle
            //                       ^ macro write
            //                                              ^ call radius{=Shape::Circle out of self<Shape>@0}.value
            Self::Square { side, .. } => side.fmt(f),
            // <- type Self@Shape
            //    ^ read Self@Shape::Square
            //                                ^ call side{=Self@Shape::Square::side}.fmt
            Shape::Nothing | Other => Ok(()),
            // <- type Shape
            //     ^ read Shape::Nothing
            //               ^ read Other
            //                        ^ call Ok
        }
    }
}

pub type Result<T, E = Error> = std::result::Result<T, E>;
//       ^ define type Result : std::result::Result<T{}, E{}>
//       ^ signature pub type Result<T, E = Error> = std::result::Result<T, E>
//                     ^ type Error
//                              ^ type std
//                                   ^ type std::result
//                                           ^ type std::result::Result

/// Squares.
#[macro_export]
//^ decorator macro_export
macro_rules! square {
//           ^ define macro square doc decorated
//           ^ signature macro_rules! square…
    ($x:expr) => {
        multiply($x, $x)
    };
}

pub mod inner {
//      ^ define module inner
//      ^ signature pub mod inner
    pub(in crate::a) fn visible() {}
    //                  ^ define function inner.visible package
    //                  ^ signature pub(in crate::a) fn visible()

    pub fn caller() {
    //     ^ define function inner.caller
    //     ^ signature pub fn caller()
        visible();
        // <- call visible@inner
        super::outer();
        //     ^ call super@inner::outer
        self::visible();
        //    ^ call self@inner::visible
        crate::top::function();
        //     ^ type crate@inner::top
        //          ^ call crate@inner::top::function
    }
}

fn outer() -> impl Iterator<Item = Shape> + 'static {
// ^ define function outer private : Iterator<->
// ^ signature fn outer() -> impl Iterator<Item = Shape> + 'static
//                 ^ type Iterator
//                                 ^ type Shape
    fn nested() {
    // ^ define function outer.nested private
    // ^ signature fn nested()
        helper();
        // <- call helper
    }
    struct Local {
    //     ^ define struct outer.Local private
    //     ^ signature struct Local
        field: Shape,
        // <- define field outer.Local.field private : Shape
        //     ^ type Shape
    }
    impl Local {
    //   ^ define impl outer.Local : local:Local
    //   ^ type local:Local
    //   ^ signature impl Local
        fn go(&self) {
        // ^ define method outer.Local.go private
        // ^ signature fn go(&self)
            self.field.area();
            //   ^ read self<outer.Local>.field
            //         ^ call self<outer.Local>.field.area
        }
    }
    use std::iter::once;
    //  ^ import path std
    //       ^ import path std::iter
    //             ^ import std::iter once as once local
    nested();
    // <- call local:nested
    let local = Local { field: Shape::Nothing };
    //          ^ call local:Local
    //                         ^ type Shape
    //                                ^ read Shape::Nothing
    local.go();
    //    ^ call local{=local:Local()}.go
    once(local.field)
    // <- call <std::iter once>
    //         ^ read local{=local:Local()}.field
}

pub fn r#match(r#type: r#struct) {
//     ^ define function match
//     ^ signature pub fn r#match(r#type: r#struct)
//                     ^ type struct
    r#impl(r#type);
    // <- call impl
}

extern "C" {
    fn external(x: c_int) -> c_int;
    // ^ define function external private declared : c_int
    // ^ signature fn external(x: c_int) -> c_int
    //             ^ type c_int
    //                       ^ type c_int
    static ENV: *const c_char;
    //     ^ define constant ENV private : c_char
    //     ^ signature static ENV: *const c_char
    //                 ^ type c_char
}

pub async unsafe fn long(
//                  ^ define function long : Result<#tuple<Third, Fourth>>
//                  ^ signature pub async unsafe fn long(first: First, second: impl Into<Second>) -> Result<(Third, Fourth)>
    first: First,
    //     ^ type First
    second: impl Into<Second>,
    //           ^ type Into
    //                ^ type Second
) -> Result<(Third, Fourth)> {
//   ^ type Result
//           ^ type Third
//                  ^ type Fourth
    first.poll().await?.finish()
    //    ^ call first{:First}.poll
    //                  ^ call await first{:First}.poll()?.finish
}

#[cfg(test)]
//^ decorator cfg
//    ^ decorator test
mod tests {
//  ^ define module tests private test decorated
//  ^ signature mod tests
    use super::*;
    //  ^ import super all

    fn helper() {}
    // ^ define function tests.helper private test
    // ^ signature fn helper()

    #[test]
    //^ decorator test@tests
    fn works() {
    // ^ define function tests.works private test decorated
    // ^ signature fn works()
        assert_eq!(outer().count(), LIMIT);
        // <- macro assert_eq@tests
        //         ^ call outer@tests
        //                 ^ call outer@tests().count
        //                          ^ read LIMIT@tests
    }
}

#[tokio::test(flavor = "multi_thread")]
//^ type tokio
//       ^ decorator tokio::test
//            ^ decorator flavor
async fn runs() {}
//       ^ define function runs private test decorated
//       ^ signature async fn runs()
//: exports public
//: problems none
