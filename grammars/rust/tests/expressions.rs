fn shadow(input: Input) {
// ^ define function shadow private
// ^ signature fn shadow(input: Input)
//               ^ type Input
    let value = input.open();
    //                ^ call input{:Input}.open
    value.first();
    //    ^ call value{=input{:Input}.open()}.first
    let value = Other::new(value);
    //          ^ type Other
    //                 ^ call Other::new
    value.second();
    //    ^ call value{=Other::new()<value{=input{:Input}.open()}>}.second
    let Pair { left, right: Some(inner), .. } = pairs::make() else { return };
    //  ^ type Pair
    //                      ^ read Some
    //                                          ^ type pairs
    //                                                 ^ call pairs::make
    left.go(inner);
    //   ^ call left{=Pair::left}.go
    let (a, mut b): (Alpha, Beta) = tuple();
    //               ^ type Alpha
    //                      ^ type Beta
    //                              ^ call tuple
    b.use_it(a);
    //^ call b{=:#tuple<Alpha, Beta>@1}.use_it
    let typed: Vec<Item> = Vec::with_capacity(LIMIT);
    //         ^ type Vec
    //             ^ type Item
    //                     ^ type Vec
    //                          ^ call Vec::with_capacity
    //                                        ^ read LIMIT
    typed[0].name.len();
    //       ^ read typed{:Vec<Item>=Vec::with_capacity()}@0.name
    //            ^ call typed{:Vec<Item>=Vec::with_capacity()}@0.name.len
}

fn closures(list: &[Entry]) {
// ^ define function closures private
// ^ signature fn closures(list: &[Entry])
//                  ^ type Entry
    let total = list.iter().map(|entry| entry.size(SCALE)).sum::<u64>();
    //               ^ call list{:#slice<Entry>}.iter
    //                      ^ call list{:#slice<Entry>}.iter().map
    //                                        ^ call entry{=each list{:#slice<Entry>}.iter()}.size
    //                                             ^ read SCALE
    //                                                     ^ call list{:#slice<Entry>}.iter().map()<#closure<entry{=each list{:#slice<Entry>}.iter()}.size()>>.sum
    let add = move |x: Number, y| x.plus(y) + total;
    //                 ^ type Number
    //                              ^ call x{:Number}.plus
    add(one, 2);
    //  ^ read one
    list.iter().for_each(Entry::check);
    //   ^ call list{:#slice<Entry>}.iter
    //          ^ call list{:#slice<Entry>}.iter().for_each
    //                   ^ type Entry
    //                          ^ read Entry::check
}

fn control(option: Option<Task>) -> Result<(), Failure> {
// ^ define function control private : Result<-, Failure>
// ^ signature fn control(option: Option<Task>) -> Result<(), Failure>
//                 ^ type Option
//                        ^ type Task
//                                  ^ type Result
//                                             ^ type Failure
    if let Some(task) = option && task.ready() {
    //     ^ read Some
    //                                 ^ call task{=Some out of option{:Option<Task>}@0}.ready
        task.run()?;
        //   ^ call task{=Some out of option{:Option<Task>}@0}.run
    }
    while let Some(Next(item)) = queue.pop() {
    //        ^ read Some
    //             ^ read Next
    //                           ^ read queue
    //                                 ^ call queue.pop
        item.take();
        //   ^ call item{=Next out of Some out of queue.pop()@0@0}.take
    }
    for row in table.rows() {
    //         ^ read table
    //               ^ call table.rows
        row.draw(Color::Red);
        //  ^ call row{in table.rows()}.draw
        //       ^ type Color
        //              ^ read Color::Red
    }
    row.outside();
    // <- read row
    //  ^ call row.outside
    match state {
    //    ^ read state
        State::Open { since, mode: Mode::Fast } if since.elapsed() > TIMEOUT => close(since),
        // <- type State
        //     ^ read State::Open
        //                         ^ type Mode
        //                               ^ read Mode::Fast
        //                                               ^ call since{=State::Open::since}.elapsed
        //                                                           ^ read TIMEOUT
        //                                                                      ^ call close
        DEFAULT | Variant => {}
        // <- read DEFAULT
        //        ^ read Variant
        other @ State::Closed(_) => log(other),
        //      ^ type State
        //             ^ read State::Closed
        //                          ^ call log
        name => use_name(name),
        //      ^ call use_name
    }
    'outer: loop {
        break 'outer;
    }
    let x = unsafe { *pointer };
    //                ^ read pointer
    x.field.deep.call(&mut self_made.thing);
    //^ read x{=pointer}.field
    //      ^ read x{=pointer}.field.deep
    //           ^ call x{=pointer}.field.deep.call
    //                     ^ read self_made
    //                               ^ read self_made.thing
    task.count += 1;
    // <- read task
    //   ^ write task.count
    *counter.lock().unwrap() = 5;
    // <+1 read counter
    //       ^ call counter.lock
    //              ^ call counter.lock().unwrap
    Err(Failure::Late { at: now(), cause })
    // <- call Err
    //  ^ type Failure
    //           ^ call Failure::Late
    //                      ^ call now
    //                             ^ read Failure::Late::cause
}

fn macros(object: Thing) {
// ^ define function macros private
// ^ signature fn macros(object: Thing)
//                ^ type Thing
    println!("{} {}", object.name(), path::to::func(1));
    // <- macro println
    //                       ^ call object{:Thing}.name
    //                               ^ type path
    //                                     ^ type path::to
    //                                         ^ call path::to::func
    vec![Item::new(), make_item!(object)];
    // <- macro vec
    //   ^ type Item
    //         ^ call Item::new
    //                ^ macro make_item
    custom::assert_that!(value, is_some() => Kind::Good);
    // <- type custom
    //      ^ macro custom::assert_that
    //                   ^ read value
    //                          ^ call is_some
    //                                       ^ type Kind
    //                                             ^ read Kind::Good
    thread_local! {
    // <- macro thread_local
        static CELL: RefCell<Thing> = RefCell::new(Thing::default());
        //     ^ define constant macros.CELL private : #LocalKey<RefCell<Thing>>
        //     ^ signature static CELL: RefCell<Thing> = RefCell::new(Thing::default())
        //           ^ type RefCell
        //                   ^ type Thing
        //                            ^ type RefCell
        //                                     ^ call RefCell::new
        //                                         ^ type Thing
    }
}

fn types<F, R>(f: F) -> Box<dyn Handler<R> + Send>
// ^ define function types private : Box<(Handler<R{}> | Send)>
// ^ signature fn types<F, R>(f: F) -> Box<dyn Handler<R> + Send> where F: Fn(&Request) -> R, R: IntoResponse
//                      ^ type Box
//                              ^ type Handler
//                                           ^ type Send
where
    F: Fn(&Request) -> R,
    // ^ inherit Fn
    //     ^ type Request
    R: IntoResponse,
    // ^ inherit IntoResponse
{
    let casted = 5 as Width;
    //                ^ type Width
    <Thing as Trait>::method(casted);
    // <+1 type Thing
    //        ^ type Trait
    //                ^ call Trait out of Thing::method
    <Vec<Item>>::new();
    // <+1 type Vec
    //   ^ type Item
    //           ^ call Vec<Item>::new
    size_of::<Layout>();
    // <- call size_of
    //        ^ type Layout
    Generic::<Arg>::build().field;
    // <- type Generic
    //        ^ type Arg
    //              ^ call Generic<Arg>::build
    //                      ^ read Generic<Arg>::build().field
    let array: [Cell; SIZE] = [Cell::EMPTY; SIZE];
    //          ^ type Cell
    //                ^ type SIZE
    //                         ^ type Cell
    //                               ^ read Cell::EMPTY
    //                                      ^ read SIZE
    let function: fn(Input) -> Output = convert;
    //               ^ type Input
    //                         ^ type Output
    //                                  ^ read convert
    function(array);
}

struct Counter {
//     ^ define struct Counter private
//     ^ signature struct Counter
    count: Count,
    // <- define field Counter.count private : Count
    //     ^ type Count
}

impl Counter {
//   ^ define impl Counter : Counter
//   ^ type Counter
//   ^ signature impl Counter
    fn up(&mut self) -> &mut Self {
    // ^ define method Counter.up private : Self@Counter
    // ^ signature fn up(&mut self) -> &mut Self
    //                       ^ type Self@Counter
        self.count.increment();
        //   ^ read self<Counter>.count
        //         ^ call self<Counter>.count.increment
        self.count = Count::ZERO;
        //   ^ write self<Counter>.count
        //           ^ type Count
        //                  ^ read Count::ZERO
        let Self { count } = self;
        //  ^ type Self@Counter
        Self::helper(self);
        // <- type Self@Counter
        //    ^ call Self@Counter::helper
        self
    }

    fn helper(this: &Self) {
    // ^ define method Counter.helper private
    // ^ signature fn helper(this: &Self)
    //               ^ type Self@Counter
        this.up();
        //   ^ call this{:Self@Counter}.up
    }
}
//: exports public
//: problems none
