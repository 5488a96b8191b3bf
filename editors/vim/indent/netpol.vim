" Indents .netpol files as the formatter lays them out: what stands in brackets by one step from the line that opens
" them, and what goes on with a statement by one step from its first line.

if exists('b:did_indent')
  finish
endif
let b:did_indent = 1

setlocal indentexpr=GetNetpolIndent()
setlocal indentkeys=0),0],0},o,O
setlocal nosmartindent
let b:undo_indent = 'setlocal indentexpr< indentkeys< smartindent<'

if exists('*GetNetpolIndent')
  finish
endif

" What begins on a line of its own: a statement, a step of a test, a rule of a tier, a block.
let s:beginning = '\v^\s*%([@{#]|%(use|namespace|let|isolate|allow|deny|never|always|test|admin|baseline'
      \ . '|pod|expect|accept|pass)%($|\s))'
let s:unindented = '\v^%(allow|deny|isolate|use|namespace|let|never|always|test|admin|baseline)\s'
" The end of a line below which a list begins, deeper by one step.
let s:list_below = '\v%(^|\s)%(on|ports)\s*$'

" A line without its strings and comment, whose brackets count for nothing.
function s:Bare(line) abort
  return substitute(substitute(getline(a:line), '"[^"]*"', '', 'g'), '\s*#.*', '', '')
endfunction

" The line of the bracket that is open before a line, and the bracket; [0, ''] for none. A statement that is not
" indented stands in none, so the search ends there and stays short in long files.
function s:Enclosing(line) abort
  let closed = 0
  for number in range(a:line - 1, 1, -1)
    for mark in reverse(split(substitute(s:Bare(number), '[^][(){}]', '', 'g'), '\zs'))
      if mark =~# '[])}]'
        let closed += 1
      elseif closed > 0
        let closed -= 1
      else
        return [number, mark]
      endif
    endfor
    if getline(number) =~# s:unindented
      break
    endif
  endfor
  return [0, '']
endfunction

" The last line above one that holds more than a comment, down to a limit; 0 for none.
function s:Above(line, limit) abort
  for number in range(a:line - 1, a:limit + 1, -1)
    if s:Bare(number) =~# '\S'
      return number
    endif
  endfor
  return 0
endfunction

" The indent of a line that goes on with the statement above it.
function s:Continued(line, limit, base) abort
  let above = s:Above(a:line, a:limit)
  if above == 0
    return a:base
  elseif s:Bare(above) =~# s:list_below
    return indent(above) + shiftwidth()
  elseif s:Bare(above) =~# ',$' && indent(above) > a:base
    return indent(above)
  endif
  return a:base + shiftwidth()
endfunction

function GetNetpolIndent() abort
  let [opening, mark] = s:Enclosing(v:lnum)
  let outer = opening == 0 ? 0 : indent(opening)
  if getline(v:lnum) =~# '^\s*[])}]'
    return outer
  endif
  let base = opening == 0 ? 0 : outer + shiftwidth()
  let comment_goes_on = getline(v:lnum) =~# '^\s*#' && s:Bare(s:Above(v:lnum, opening)) =~# ',$'
  if mark =~# '[[(]' || getline(v:lnum) =~# s:beginning && !comment_goes_on
    return base
  endif
  return s:Continued(v:lnum, opening, base)
endfunction
