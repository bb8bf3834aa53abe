import type { Options } from './options';
//            ^ import ./options Options as Options
//                            ^ import path ./options
import fs = require('fs');
//                   ^ import fs as fs
import { Service, type Config } from '@app/service';
//       ^ import @app/service Service as Service
//                     ^ import @app/service Config as Config
//                                    ^ import path @app/service
export type { Options } from './options';
//            ^ import ./options Options as Options reexport
//                            ^ import path ./options

/** A shape. */
export interface Shape extends Named, geometry.Sized<Unit> {
//               ^ define interface Shape doc < Named, geometry::Sized<Unit>
//               ^ signature export interface Shape extends Named, geometry.Sized<Unit>
//                             ^ inherit Named
//                                    ^ type geometry
//                                             ^ inherit geometry::Sized
//                                                   ^ type Unit
  readonly id: string;
  //       ^ define field Shape.id : #string
  area?: number;
  // <- define field Shape.area : #number
  children: Shape[];
  // <- define field Shape.children
  //        ^ type Shape
  draw(canvas: Canvas): Promise<Result>;
  // <- define method Shape.draw declared : Promise<Result>
  // <- signature draw(canvas: Canvas): Promise<Result>
  //           ^ type Canvas
  //                    ^ type Promise
  //                            ^ type Result
  (call: Argument): void;
  //     ^ type Argument
  [key: string]: unknown;
}

export enum Color {
//          ^ define enum Color
//          ^ signature export enum Color
  Red,
  // <- define variant Color.Red
  Green = 'green',
  // <- define variant Color.Green : #string
  Blue = Red,
  // <- define variant Color.Blue : Red
  //     ^ read Red
}

const enum Small { One }
//         ^ define enum Small private
//         ^ signature const enum Small
//                 ^ define variant Small.One

type Alias<T> = Map<string, T> | null;
//   ^ define type Alias private : Map<#string, T{}>
//   ^ signature type Alias<T> = Map<string, T> | null
//              ^ type Map
export type Point = {
//          ^ define type Point
//          ^ signature export type Point…
  x: Coordinate;
  // <- define field Point.x : Coordinate
  // ^ type Coordinate
  move(by: Point): Point;
  // <- define method Point.move declared : Point
  // <- signature move(by: Point): Point
  //       ^ type Point
  //               ^ type Point
};
type Handler = (event: Event) => void;
//   ^ define type Handler private
//   ^ signature type Handler = (event: Event) => void
//                     ^ type Event
type Keys = keyof typeof defaults;
//   ^ define type Keys private
//   ^ signature type Keys = keyof typeof defaults
//                       ^ type defaults
type Maybe = Shape | undefined;
//   ^ define type Maybe private : Shape
//   ^ signature type Maybe = Shape | undefined
//           ^ type Shape

@Injectable({ provided: Root })
// <+1 call Injectable
//                      ^ read Root
export abstract class Store<T extends Item = Item> extends Base<T> implements Readable, io.Writable {
//                    ^ define class Store decorated < Base<T{:Item}>, Readable, io::Writable
//                    ^ signature abstract class Store<T extends Item = Item> extends Base<T> implements Readable, io.Writable
//                                    ^ type Item
//                                           ^ type Item
//                                                         ^ inherit Base
//                                                                            ^ inherit Readable
//                                                                                      ^ type io
//                                                                                         ^ inherit io::Writable
  private readonly cache: Map<string, T> = new Map();
  //               ^ define field Store.cache private : Map<#string, T{:Item}>
  //                      ^ type Map
  //                                           ^ call Map
  protected static instance?: Store<any>;
  //               ^ define field Store.instance private : Store<#any>
  //                          ^ type Store
  public name: string;
  //     ^ define field Store.name : #string
  #hidden = 1;
  // <- define field Store.#hidden private : #number

  constructor(private options: Options, @Inject(TOKEN) public service: Service) {
  // <- define method Store.constructor
  // <- signature constructor(private options: Options, @Inject(TOKEN) public service: Service)
  //                           ^ type Options
  //                                     ^ call Inject
  //                                            ^ read TOKEN
  //                                                                   ^ type Service
    super();
    // <- call super
    this.name = options.name;
    //   ^ write self<Store>.name
    //                  ^ read options{:Options}.name
  }

  abstract load(key: string): Promise<T>;
  //       ^ define method Store.load declared : Promise<T{:Item}>
  //       ^ signature abstract load(key: string): Promise<T>
  //                          ^ type Promise

  @Memo()
  // <+1 call Memo
  get(key: string): T | undefined {
  // <- define method Store.get decorated : T{:Item}
  // <- signature get(key: string): T | undefined
    return this.cache.get(key)!.clone();
    //          ^ read self<Store>.cache
    //                ^ call self<Store>.cache.get
    //                          ^ call self<Store>.cache.get().clone
  }

  private secret(): void {}
  //      ^ define method Store.secret private : #void
  //      ^ signature private secret(): void
}

export function pick(value: string): string;
//              ^ define function pick declared : #string
//              ^ signature export function pick(value: string): string
export function pick(value: number): number;
//              ^ define function pick declared : #number
//              ^ signature export function pick(value: number): number
export function pick(value: any): any {
//              ^ define function pick : #any
//              ^ signature export function pick(value: any): any
  const typed = value as Shape;
  //                     ^ type Shape
  typed.draw(new Canvas<Pixel>());
  //    ^ call ?.draw
  //             ^ call Canvas
  //                    ^ type Pixel
  const shape: Shape = make<Shape>(value);
  //           ^ type Shape
  //                   ^ call make
  //                        ^ type Shape
  shape.draw(typed);
  //    ^ call shape{:Shape=make()}.draw
  const checked = value satisfies Options;
  //                              ^ type Options
  return isShape(value) ? value : undefined;
  //     ^ call isShape
}

function isShape(value: unknown): value is Shape {
//       ^ define function isShape private
//       ^ signature function isShape(value: unknown): value is Shape
//                                         ^ type Shape
  return (value as Shape).id !== null;
  //               ^ type Shape
  //                      ^ read ?.id
}

export namespace Tools {
//               ^ define module Tools
//               ^ signature export namespace Tools
  export const version = 1;
  //           ^ define constant Tools.version : #number
  //           ^ signature export const version = 1
  export function run(): Shape { return inner(); }
  //              ^ define function Tools.run : Shape@Tools
  //              ^ signature export function run(): Shape
  //                     ^ type Shape@Tools
  //                                    ^ call inner@Tools
  function inner() {}
  //       ^ define function Tools.inner private
  //       ^ signature function inner()
}

declare module 'external' {
//             ^ define module external private
//             ^ signature declare module 'external'
  export function external(x: Foreign): void;
  //              ^ define function external.external declared : #void
  //              ^ signature export function external(x: Foreign): void
  //                          ^ type Foreign@external
}

declare const GLOBAL: Shape;
//            ^ define constant GLOBAL private : Shape
//            ^ signature declare const GLOBAL: Shape
//                    ^ type Shape
declare function declared(): void;
//               ^ define function declared private declared : #void
//               ^ signature declare function declared(): void

const typed: Array<Shape> = [];
//    ^ define constant typed private : Array<Shape>
//    ^ signature const typed: Array<Shape> = []
//           ^ type Array
//                 ^ type Shape
const generic = <T,>(x: T): Box<T> => wrap(x);
//    ^ define function generic private
//    ^ signature const generic = <T,>(x: T): Box<T>
//                          ^ type Box
//                                    ^ call wrap
export default interface Last {}
//                       ^ define interface Last
//                       ^ signature export default interface Last
//: exports public
//: problems none
