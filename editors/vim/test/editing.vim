" Holds what the file type sets, and the indentation, to examples that the formatter laid out.
"
" Run by editors/test.sh, as `vim -Nu NONE -es -S editing.vim`, with $NETPOL_EXAMPLES naming a folder of .netpol files
" and $NETPOL_REPORT the file for the report, whose last line counts the assertions.

set nocompatible
execute 'set runtimepath^=' . fnameescape(expand('<sfile>:p:h:h'))
filetype plugin indent on
syntax on

let s:report = []
let s:asserted = 0

function s:Check(what, found, wanted) abort
  let s:asserted += 1
  if a:found !=# a:wanted
    call add(s:report, printf('%s is %s, not %s', a:what, string(a:found), string(a:wanted)))
  endif
endfunction

" Indents each line anew and compares.
function s:CheckIndent(file) abort
  execute 'edit' fnameescape(a:file)
  let written = getline(1, '$')
  silent keeppatterns %substitute/^\s\+//e
  silent normal! gg=G
  for number in range(1, line('$'))
    call s:Check(printf('%s:%d', a:file, number), getline(number), written[number - 1])
  endfor
  edit!
endfunction

let s:files = glob($NETPOL_EXAMPLES . '/**/*.netpol', 1, 1)
for s:file in s:files
  call s:CheckIndent(s:file)
endfor

execute 'edit' fnameescape(get(s:files, 0, 'none.netpol'))
call s:Check('the file type', &filetype, 'netpol')
call s:Check('the syntax', get(b:, 'current_syntax', ''), 'netpol')
call s:Check('commentstring', &commentstring, '# %s')
call s:Check('formatprg', &formatprg, 'netpol fmt -')
call s:Check('matchpairs', &matchpairs, '(:),[:],{:}')
call s:Check('shiftwidth', shiftwidth(), 2)
call s:Check('expandtab', &expandtab, 1)
set filetype=text
call s:Check('commentstring of the next file type', &commentstring ==# '# %s', 0)
call s:Check('indentexpr of the next file type', &indentexpr, '')

let s:failed = len(s:report)
call add(s:report, printf('%d assertions, %d failed', s:asserted, s:failed))
call writefile(s:report, $NETPOL_REPORT)
if s:failed > 0 || empty(s:files)
  cquit
endif
qall!
