import { FC } from 'react';
//       ^ import react FC as FC
//                  ^ import path react

interface Props { title: string }
//        ^ define interface Props private
//        ^ signature interface Props
//                ^ define field Props.title : #string

export const Card: FC<Props> = ({ title, ...rest }) => {
//           ^ define function Card : FC<Props>
//           ^ signature export const Card: FC<Props> = ({ title, ...rest })
//                 ^ type FC
//                    ^ type Props
  const ref = useRef<HTMLElement>(null);
  //          ^ call useRef
  //                 ^ type HTMLElement
  return <section ref={ref}><Title<Props> text={title} /><Layout.Body {...rest} /></section>;
  //                         ^ call Title
  //                               ^ type Props
  //                                                      ^ read Layout
  //                                                             ^ call Layout.Body
};
//: exports public
//: problems none
