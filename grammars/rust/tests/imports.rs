use std;
//  ^ import  std as std
use std::collections::HashMap;
//  ^ import path std
//       ^ import path std::collections
//                    ^ import std::collections HashMap as HashMap
use std::io::{self, Read as Reads, Write as _};
//  ^ import path std
//       ^ import std io as io
//                  ^ import std::io Read as Reads
//                                 ^ import std::io Write
pub use crate::shape::{Circle, round::{self as round_shape, *}};
//             ^ import path crate::shape
//                     ^ import crate::shape Circle as Circle reexport
//                             ^ import crate::shape round as round_shape reexport
//                                                          ^ import crate::shape::round all reexport
pub(crate) use super::{super::top, Draw};
//                            ^ import super::super top as top reexport
//                                 ^ import super Draw as Draw reexport
use self::inner::Thing;
//        ^ import path self::inner
//               ^ import self::inner Thing as Thing
use ::absolute::path;
//  ^ import path
//    ^ import path ::absolute
//              ^ import ::absolute path as path
use {first::One, second::Two};
//   ^ import path first
//          ^ import first One as One
//               ^ import path second
//                       ^ import second Two as Two
use r#async::r#await;
//  ^ import path async
//           ^ import async await as await
extern crate alloc;
//           ^ import alloc crate as alloc
pub extern crate serde as ser;
//               ^ import serde crate as ser reexport

pub mod inner;
//      ^ import inner file as inner reexport
#[path = "odd/file.rs"]
//^ decorator path
mod odd;
//  ^ import odd::odd/file.rs file as odd
#[macro_use]
// <+2 decorator macro_use
mod tools;
//  ^ import tools file with macros as tools
mod inline {
//  ^ define module inline private
//  ^ signature mod inline
    use super::Thing;
    //         ^ import super Thing as Thing
    mod nested;
    //  ^ import nested file as nested
    fn f() {
    // ^ define function inline.f private
    // ^ signature fn f()
        Thing::make();
        // <- type Thing@inline
        //     ^ call Thing@inline::make
    }
}

fn local() {
// ^ define function local private
// ^ signature fn local()
    use crate::late::{helper, Kind::*};
    //         ^ import path crate::late
    //                ^ import crate::late helper as helper local
    //                        ^ import crate::late::Kind all
    helper(Reads::read);
    // <- call <crate::late helper>
    //     ^ type Reads@local
    //            ^ read Reads@local::read
    HashMap::<String, Thing>::new();
    // <- type HashMap@local
    //        ^ type String@local
    //                ^ type Thing@local
    //                        ^ call HashMap@local<String@local, Thing@local>::new
    io::stdin().read_line(&mut round_shape::BUFFER);
    // <- type io@local
    //  ^ call io@local::stdin
    //          ^ call io@local::stdin().read_line
    //                         ^ type round_shape@local
    //                                      ^ read round_shape@local::BUFFER
}
//: exports public
//: problems none
