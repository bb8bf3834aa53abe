/* The file's header. */

'use strict';
import def from './def';
//     ^ import ./def default as def reexport
//               ^ import path ./def
import def2, { named, other as alias } from '../lib/named.js';
//     ^ import ../lib/named.js default as def2
//             ^ import ../lib/named.js named as named
//                    ^ import ../lib/named.js other as alias
//                                           ^ import path ../lib/named.js
import * as ns from 'package';
//     ^ import package as ns
//                   ^ import path package
import './side-effect';
//      ^ import ./side-effect
import { default as fallback } from "@scope/pkg/deep";
//       ^ import @scope/pkg/deep default as fallback
//                                   ^ import path @scope/pkg/deep
export { passed, renamed as shown } from './pass';
//       ^ import ./pass passed as passed reexport
//               ^ import ./pass renamed as shown reexport
//                                        ^ import path ./pass
export * from './all';
//             ^ import ./all all reexport
export * as grouped from './grouped';
//     ^ import ./grouped as grouped reexport
//                        ^ import path ./grouped
const fs = require('fs');
//                  ^ import fs as fs
const { join, resolve: absolute } = require('path');
//      ^ import path join as join
//            ^ import path resolve as absolute
//                                           ^ import path path
const parse = require('./parser').parse;
//                     ^ import path ./parser
//                                ^ import ./parser parse as parse
var lazy = import('./lazy');
//                 ^ import ./lazy as lazy
require('./hook');
//       ^ import ./hook

export { def, hidden as visible };
//       ^ read def
//            ^ read hidden
export default hidden;
//             ^ read hidden
function hidden() {
//       ^ define function hidden
//       ^ signature function hidden()
  const local = require('./local');
  //                     ^ import ./local as local local
  local.run(fs.readFileSync(join(alias)));
  // <- read <./local>
  //    ^ call <./local>.run
  //        ^ read fs
  //           ^ call fs.readFileSync
  //                        ^ call join
  //                             ^ read alias
  return import(`./dynamic/${alias}`);
  //                         ^ read alias
}
async function later() {
//             ^ define function later private
//             ^ signature async function later()
  const { thing } = await import('./thing');
  //      ^ import ./thing thing as thing local
  //                              ^ import path ./thing
  thing.use(ns.member);
  // <- read <./thing thing>
  //    ^ call <./thing thing>.use
  //        ^ read ns
  //           ^ read ns.member
}
//: exports public
//: problems none
