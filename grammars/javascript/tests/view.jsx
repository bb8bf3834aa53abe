import { Button } from './button';
//       ^ import ./button Button as Button
//                      ^ import path ./button
import * as Icons from './icons';
//     ^ import ./icons as Icons
//                      ^ import path ./icons

export function View({ items, onClick }) {
//              ^ define function View
//              ^ signature export function View({ items, onClick })
  const [open, setOpen] = useState(false);
  //                      ^ call useState
  const label = `${items.length} of ${total(items)}`;
  //                     ^ read ?.length
  //                                  ^ call total
  return (
    <div className="view" onClick={() => setOpen(!open)}>
      <Button label={label} {...extra}>
      // <+1 call Button
      //                        ^ read extra
        <Icons.Plus size={SIZE} />
        // <+1 read Icons
        //     ^ call Icons.Plus
        //                ^ read SIZE
        {items.map((item) => <Row key={item.id} {...item} />)}
        //     ^ call ?.map
        //                    ^ call Row
        //                                  ^ read ?.id
      </Button>
    </div>
  );
}

export default () => <View items={[]} />;
//             ^ define function default
//             ^ signature export default ()
//                    ^ call View
//: exports public
//: problems none
