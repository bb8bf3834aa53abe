// Package shop sells.
package shop

import "fmt"
//      ^ import fmt as fmt
import (
	"net/http"
	// <+1 import net/http as http

	alias "example.com/lib/old-name"
	//     ^ import example.com/lib/old-name as alias
	. "example.com/dot"
	// ^ import example.com/dot all
	_ "example.com/driver"
	// ^ import example.com/driver
	"example.com/lib/v2"
	// <+1 import example.com/lib/v2 as lib
	"gopkg.in/yaml.v3"
	// <+1 import gopkg.in/yaml.v3 as yaml
)

// Limit is exported.
const Limit = 10
//    ^ define constant Limit doc
//    ^ signature const Limit = 10

const (
	// First of them.
	First, Second = iota, Limit
	// <- define constant First
	// <- signature First, Second = iota, Limit
	//     ^ define constant Second
	//     ^ signature First, Second = iota, Limit
	//                    ^ read Limit
	third
	// <- define constant third package
	// <- signature third
)

var cache, spare map[string]*Item
//  ^ define variable cache package
//  ^ signature var cache, spare map[string]*Item
//         ^ define variable spare package
//         ^ signature var cache, spare map[string]*Item
//                   ^ type string
//                           ^ type Item
var ErrEmpty error = fmt.Errorf("empty %d", Limit)
//  ^ define variable ErrEmpty : error
//  ^ signature var ErrEmpty error = fmt.Errorf("empty %d", Limit)
//           ^ type error
//                   ^ read fmt
//                       ^ call fmt.Errorf
//                                          ^ read Limit

// Item is sold.
type Item struct {
//   ^ define struct Item doc < Base, alias::Other
//   ^ signature type Item struct…
	Name string `json:"name"`
	// <- define field Item.Name : string
	//   ^ type string
	price, tax Amount
	// <- define field Item.price package : Amount
	//     ^ define field Item.tax package : Amount
	//         ^ type Amount
	owner  *http.Client
	// <- define field Item.owner package : http::Client
	//      ^ type http
	//           ^ type http::Client
	Base
	// <- inherit Base
	*alias.Other
	// <+1 type alias
	//     ^ inherit alias::Other
	inner struct {
	// <- define field Item.inner package
		Deep int
		// <- define field Item.inner.Deep : int
		//   ^ type int
	}
}

// Seller sells.
type Seller interface {
//   ^ define interface Seller doc < fmt::Stringer
//   ^ signature type Seller interface…
	Sell(item *Item, opts ...Option) (Receipt, error)
	// <- define method Seller.Sell declared
	// <- signature Sell(item *Item, opts ...Option) (Receipt, error)
	//         ^ type Item
	//                       ^ type Option
	//                                ^ type Receipt
	//                                         ^ type error
	fmt.Stringer
	// <- type fmt
	//  ^ inherit fmt::Stringer
	hidden()
	// <- define method Seller.hidden package declared
	// <- signature hidden()
}

type (
	ID      int
	// <- define type ID : int
	// <- signature ID int
	//      ^ type int
	Handler func(w http.ResponseWriter, r *http.Request) error
	// <- define type Handler
	// <- signature Handler func(w http.ResponseWriter, r *http.Request) error
	//             ^ type http
	//                  ^ type http::ResponseWriter
	//                                     ^ type http
	//                                          ^ type http::Request
	//                                                   ^ type error
	Synonym = Item
	// <- define type Synonym : Item
	// <- signature Synonym = Item
	//        ^ type Item
	List[T any, K Key] struct {
	// <- define struct List
	// <- signature List[T any, K Key] struct…
	//     ^ type any
	//            ^ type Key
		items []T
		// <- define field List.items package
	}
)

// New makes one.
func New(name string, client *http.Client) *Item {
//   ^ define function New doc : Item
//   ^ signature func New(name string, client *http.Client) *Item
//            ^ type string
//                            ^ type http
//                                 ^ type http::Client
//                                          ^ type Item
	item := &Item{Name: name, owner: client}
	//       ^ call Item
	item.init()
	//   ^ call item{=Item()}.init
	return item
}

// Total of it.
func (i *Item) Total() Amount {
//       ^ type Item
//             ^ define method Item.Total doc : Amount
//             ^ signature func (i *Item) Total() Amount
//                     ^ type Amount
	return i.price.Add(i.tax)
	//       ^ read i{:Item}.price
	//             ^ call i{:Item}.price.Add
	//                   ^ read i{:Item}.tax
}

func (l List[T, K]) Len() int { return len(l.items) }
//      ^ type List
//           ^ type T
//              ^ type K
//                  ^ define method List.Len : int
//                  ^ signature func (l List[T, K]) Len() int
//                        ^ type int
//                                     ^ call len
//                                           ^ read l{:List<T, K>}.items

func run(items []*Item, seller Seller) (err error) {
//   ^ define function run package
//   ^ signature func run(items []*Item, seller Seller) (err error)
//                ^ type Item
//                             ^ type Seller
//                                          ^ type error
	for index, item := range items {
		item.Total(index)
		//   ^ call ?.Total
	}
	if receipt, err := seller.Sell(items[0]); err != nil {
	//                        ^ call seller{:Seller}.Sell
		receipt.Print()
		//      ^ call ?.Print
		return fmt.Errorf("x: %w", err)
		//     ^ read fmt
		//         ^ call fmt.Errorf
	}
	var buffer bytes.Buffer
	//         ^ type bytes
	//               ^ type bytes::Buffer
	buffer.Write(nil)
	//     ^ call buffer{:bytes::Buffer}.Write
	callback := func(inner Item) { inner.init() }
	//                     ^ type Item
	//                                   ^ call inner{:Item}.init
	callback(Item{})
	//       ^ call Item
	switch value := any(seller).(type) {
	//              ^ call any
	case *Item:
	//    ^ type Item
		value.init()
		//    ^ call ?.init
	}
	go worker(Limit)
	// ^ call worker
	//        ^ read Limit
	defer spare[Local].owner.Close()
	//    ^ read spare
	//          ^ read Local
	//                 ^ read spare[].owner
	//                       ^ call spare[].owner.Close
	result := Map[Item, ID](items)
	//        ^ call Map
	//            ^ type Item
	//                  ^ type ID
	result.Done()
	//     ^ call result{=Map<Item, ID>()}.Done
	http.HandleFunc("/", handle)
	// <- read http
	//   ^ call http.HandleFunc
	//                   ^ read handle
	cache = nil
	// <- write cache
	const local = Limit
	//            ^ read Limit
	return v2Call(local)
	//     ^ call v2Call
}

func TestRun(t *testing.T) {}
//   ^ define function TestRun
//   ^ signature func TestRun(t *testing.T)
//              ^ type testing
//                      ^ type testing::T
//: exports public
//: problems none
