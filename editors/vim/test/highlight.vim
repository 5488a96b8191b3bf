" Holds the highlighting to the tokens that the VS Code grammar has, byte by byte.
"
" Run by editors/test.sh, as `vim -Nu NONE -es -S highlight.vim`, with $NETPOL_TOKENS naming the folder that
" write-tokens.mjs made and $NETPOL_REPORT the file for the report, whose last line counts the assertions.

set nocompatible
let s:test = expand('<sfile>:p:h')
execute 'set runtimepath^=' . fnameescape(fnamemodify(s:test, ':h'))
filetype plugin indent on
syntax on

let s:report = []
let s:asserted = 0

" Which groups stand for which scope.
let s:groups = {}
for s:line in readfile(s:test . '/groups.tsv')
  let [s:scope, s:names] = split(s:line, "\t")
  let s:groups[s:scope . '.netpol'] = split(s:names)
endfor

function s:CheckToken(file, row) abort
  let [line, first, length, scope] = split(a:row, "\t")
  let wanted = get(s:groups, scope, [])
  for column in range(first, first + length - 1)
    if getline(line)[column - 1] =~# '\s'
      continue
    endif
    let s:asserted += 1
    let group = synIDattr(synID(line, column, 1), 'name')
    if index(wanted, group) < 0
      call add(s:report, printf('%s:%d:%d: `%s` is %s, not %s',
            \ a:file, line, column, getline(line), group ==# '' ? 'nothing' : group, scope))
      return
    endif
  endfor
endfunction

for s:file in glob($NETPOL_TOKENS . '/*.netpol', 1, 1)
  execute 'edit' fnameescape(s:file)
  if &filetype !=# 'netpol'
    call add(s:report, s:file . ': the file type is not found')
  endif
  for s:row in readfile(s:file . '.tokens')
    call s:CheckToken(fnamemodify(s:file, ':t'), s:row)
  endfor
endfor

let s:failed = len(s:report)
call add(s:report, printf('%d bytes asserted, %d tokens failed', s:asserted, s:failed))
call writefile(s:report, $NETPOL_REPORT)
if s:failed > 0 || s:asserted == 0
  cquit
endif
qall!
