" How .netpol files are edited.

if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1

setlocal commentstring=#\ %s
setlocal comments=:##,:#
setlocal formatoptions-=t
setlocal formatoptions+=croql
setlocal formatprg=netpol\ fmt\ -
setlocal matchpairs=(:),[:],{:}
setlocal suffixesadd=.netpol
setlocal expandtab shiftwidth=2 softtabstop=2

let b:undo_ftplugin = 'setlocal commentstring< comments< formatoptions< formatprg< matchpairs< suffixesadd<'
      \ . ' expandtab< shiftwidth< softtabstop<'
