#!/usr/bin/env node
import React from 'react';
//     ^ import react default as React
//                 ^ import path react

/** Limit of it. */
export const LIMIT = 10, OTHER = LIMIT;
//           ^ define constant LIMIT doc : #number
//           ^ signature export const LIMIT = 10
//                       ^ define constant OTHER : LIMIT
//                       ^ signature OTHER = LIMIT
//                               ^ read LIMIT
let counter = 0;
//  ^ define variable counter private : #number
//  ^ signature let counter = 0
var { a, b: { c }, ...rest } = load();
//    ^ define variable a private
//    ^ signature { a, b: { c }, ...rest } = load()
//            ^ define variable c private
//            ^ signature { a, b: { c }, ...rest } = load()
//                    ^ define variable rest private
//                    ^ signature { a, b: { c }, ...rest } = load()
//                             ^ call load

/**
 * Loads a path.
 */
export function load(path = LIMIT, { depth, ...options }, [head, tail], ...more) {
//              ^ define function load doc
//              ^ signature export function load(path = LIMIT, { depth, ...options }, [head, tail], ...more)
//                          ^ read LIMIT
  counter += 1;
  // <- write counter
  const inner = (x) => helper(x, path, depth, options, head, tail, more);
  //                   ^ call helper
  function nested() {
  //       ^ define function load.nested private
  //       ^ signature function nested()
    return inner(counter);
    //           ^ read counter
  }
  return nested();
  //     ^ call local:nested
}

export const arrow = async (url) => {
//           ^ define function arrow
//           ^ signature export const arrow = async (url)
  const reply = await fetch(url);
  //                  ^ call fetch
  return reply.json();
  //           ^ call reply{=await fetch()}.json
};
const short = x => x.name;
//    ^ define function short private
//    ^ signature const short = x
//                   ^ read ?.name
const old = function named() {
//    ^ define function old private
//    ^ signature const old = function named()
  return named();
};
function* generate() {
//        ^ define function generate private
//        ^ signature function* generate()
  yield* other();
  //     ^ call other
}

/** A pool. */
export class Pool extends base.Resource {
//           ^ define class Pool doc < base.Resource
//           ^ signature export class Pool extends base.Resource
//                        ^ read base
//                             ^ inherit base.Resource
  #secret = 1;
  // <- define field Pool.#secret private : #number
  static shared = new Pool();
  //     ^ define field Pool.shared : Pool()
  //                  ^ call Pool
  size = LIMIT;
  // <- define field Pool.size : LIMIT
  //     ^ read LIMIT
  handler = (event) => this.release(event);
  // <- define method Pool.handler
  // <- signature handler = (event)
  //                        ^ call self<Pool>.release

  constructor(options) {
  // <- define method Pool.constructor
  // <- signature constructor(options)
    super(options);
    // <- call super
    this.idle = [];
    //   ^ define field Pool.idle : #array
    //   ^ write self<Pool>.idle
    this.#secret = options.secret;
    //   ^ write self<Pool>.#secret
    //                     ^ read ?.secret
  }

  get length() {
  //  ^ define method Pool.length
  //  ^ signature get length()
    return this.idle.length;
    //          ^ read self<Pool>.idle
    //               ^ read self<Pool>.idle.length
  }

  async acquire() {
  //    ^ define method Pool.acquire
  //    ^ signature async acquire()
    for (const conn of this.idle) {
    //                      ^ read self<Pool>.idle
      conn.open();
      //   ^ call conn{in self<Pool>.idle}.open
    }
    for (let i = 0; i < this.size; i++) {
    //                       ^ read self<Pool>.size
      this.idle[i].close();
      //   ^ read self<Pool>.idle
      //           ^ call self<Pool>.idle[].close
    }
    try {
      return await this.connect();
      //                ^ call self<Pool>.connect
    } catch (error) {
      error.report();
      //    ^ call ?.report
    }
    error.outside();
    //    ^ call ?.outside
  }

  static create() {
  //     ^ define method Pool.create
  //     ^ signature static create()
    return new this();
  }
}

const Anonymous = class extends Pool {
//    ^ define class Anonymous private < Pool
//    ^ signature const Anonymous = class extends Pool
//                              ^ inherit Pool
  run() {}
  // <- define method Anonymous.run
  // <- signature run()
};

const api = {
//    ^ define constant api private
//    ^ signature const api…
  load,
  // <- read load
  limit: LIMIT,
  //     ^ read LIMIT
  save(value) {
  // <- define method api.save
  // <- signature save(value)
    return api.load(value);
    //     ^ read api
    //         ^ call api.load
  },
  remove: function (id) {
  // <- define method api.remove
  // <- signature remove: function (id)
    return this.save(id);
    //          ^ call self<api>.save
  },
  nested: { deep() {} },
  //        ^ define method api.deep
  //        ^ signature deep()
};

@decorate
// <+1 decorator decorate
export class Decorated {
//           ^ define class Decorated decorated
//           ^ signature class Decorated
  @observed field = 1;
  // <+1 decorator observed
  //        ^ define field Decorated.field decorated : #number
}

if (counter) {
//  ^ read counter
  const scoped = counter.toString();
  //             ^ read counter
  //                     ^ call counter.toString
  scoped.trim();
  //     ^ call scoped{=counter.toString()}.trim
}
scoped.leaked();
// <- read scoped
//     ^ call scoped.leaked

export default class extends Pool {
//             ^ define class default < Pool
//             ^ signature export default class extends Pool
//                           ^ inherit Pool
  last() {}
  // <- define method default.last
  // <- signature last()
}
//: exports public
//: problems none
