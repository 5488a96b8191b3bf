" Highlighting of .netpol files, for Vim and Neovim.
"
" Of two items that match at one place, Vim takes the one defined later: so names come first, and what is more special
" further down. A word that is a keyword only in some places is one only where another item leads to it.

if exists('b:current_syntax')
  finish
endif
let s:saved_cpo = &cpo
set cpo&vim

syntax case match
syntax sync fromstart

" Pieces of patterns, all in `\v`. A word ends where no letter follows, nor a hyphen with one.
let s:begin = '\v\w@1<!'
let s:end = '%(\w|-\w)@!'
let s:name = '[A-Za-z_]\w*%(-\w+)*'
let s:kubernetes_name = '\w%(\w|[-.]+\w@=)*'
let s:label = '[0-9A-Za-z]+%(-+[0-9A-Za-z]+)*'
let s:statement = '%(allow|deny|isolate|use|namespace|let|never|always|test|admin|baseline)'
let s:reserved = '%(' . s:statement
      \ . '|%(ingress|egress|pods|nodes|service|any|except|in|on|tcp|udp|sctp))' . s:end
" A line that begins a statement ends what was left open above it; a key like `test in (a)` does not.
let s:recovery = '/\v^\ze\s*%(\@|' . s:statement . '\s+%(%(in|notin)\s*\()@![0-9A-Za-z_"([])/'

function s:Match(group, pattern, ...) abort
  execute 'syntax match' a:group '/' . escape(a:pattern, '/') . '/' join(a:000)
endfunction

" Names and marks.
call s:Match('netpolName', s:begin . s:name, 'nextgroup=netpolAs skipwhite')
syntax match netpolComma /,/
syntax match netpolDelimiter /[(){}]/
syntax match netpolAssignment /=/
syntax match netpolEverywhere /\*/
syntax match netpolArrow /->/

" Words.
call s:Match('netpolRule', s:begin . '%(allow|deny|isolate|never|always)' . s:end)
call s:Match('netpolInclude', s:begin . 'use' . s:end)
call s:Match('netpolDeclaration', s:begin . '%(namespace|let|test|admin|baseline)' . s:end)
call s:Match('netpolDirection', s:begin . '%(ingress|egress)' . s:end)
call s:Match('netpolEndpoint', s:begin . '%(pods|nodes|service|any)' . s:end)
call s:Match('netpolWord', s:begin . '%(except|in|on)' . s:end)

" Ports.
call s:Match('netpolProtocol', s:begin . '%(tcp|udp|sctp)' . s:end, 'nextgroup=netpolSlash')
syntax match netpolSlash +/+ contained nextgroup=netpolPortName,netpolPort,netpolFirstPort
call s:Match('netpolPortName', '\v' . s:label, 'contained')
call s:Match('netpolPort', '\v\d+' . s:end, 'contained')
call s:Match('netpolFirstPort', '\v\d+\ze-\d+' . s:end, 'contained nextgroup=netpolRange')
syntax match netpolRange /-/ contained nextgroup=netpolPort

" Addresses of both families.
call s:Match('netpolAddress', s:begin . '%(\x*:[0-9A-Fa-f:.]*|\d+%(%(\.\d+)+|%(/\d)@=))%(\%\w+)?%(/\w*)?')

" What is defined, and names that may be any Kubernetes name.
call s:Match('netpolDefinition', '\v%(' . s:reserved . ')@!' . s:name, 'contained')
call s:Match('netpolNamespace', '\v' . s:kubernetes_name, 'contained')
call s:Match('netpolService', '\v' . s:kubernetes_name, 'contained')
call s:Match('netpolDeclaration', s:begin . 'let\ze\s', 'nextgroup=netpolDefinition skipwhite')
call s:Match('netpolEndpoint', s:begin . 'service\ze\s', 'nextgroup=netpolService skipwhite')
call s:Match('netpolQualifier', s:begin . s:label . '\ze\.[A-Za-z_]', 'nextgroup=netpolAccessor')
syntax match netpolAccessor /\./ contained nextgroup=netpolName

" Places.
call s:Match('netpolWord', s:begin . 'in\ze\s+%([*(]|\w)',
      \ 'nextgroup=netpolNamespace,netpolNamespaces,netpolEverywhere,netpolPlaces skipwhite')
syntax match netpolNamespaces /namespaces\ze\[/ contained
execute 'syntax region netpolPlaces matchgroup=netpolDelimiter start=/(/ end=/)/ end=' . s:recovery
      \ 'contained contains=netpolNamespace,netpolComma,netpolComment'

" `namespace`, with its list of names and facts.
call s:Match('netpolDeclaration', s:begin . 'namespace\ze\s+[[:alnum:]_[]',
      \ 'nextgroup=netpolOwned,netpolOwnedFacts skipwhite')
call s:Match('netpolOwned', '\v' . s:kubernetes_name,
      \ 'contained nextgroup=netpolOwnedFacts,netpolOwnedComma skipwhite skipempty')
syntax match netpolOwnedComma /,/ contained nextgroup=netpolOwned,netpolOwnedComment skipwhite skipempty
syntax match netpolOwnedComment /#.*/ contained nextgroup=netpolOwned,netpolOwnedComment skipwhite skipempty

" Label selectors and facts.
let s:labels = 'contains=netpolKey,netpolCompare,netpolComma,netpolComment,netpolString'
execute 'syntax region netpolLabels matchgroup=netpolDelimiter start=/\[/ end=/\]/ end=' . s:recovery s:labels
execute 'syntax region netpolOwnedFacts matchgroup=netpolDelimiter start=/\[/ end=/\]/ end=' . s:recovery s:labels
      \ 'contained nextgroup=netpolOwnedComma skipwhite skipempty'
syntax match netpolKey +[0-9A-Za-z_./-]\++ contained nextgroup=netpolSetWord skipwhite skipempty
syntax match netpolCompare /==\|!=\|=/ contained nextgroup=netpolValue skipwhite
syntax match netpolCompare /!=\@!/ contained
syntax match netpolValue +[0-9A-Za-z_./:-]\++ contained
syntax match netpolSetWord /\v%(notin|in)\ze\s*\(/ contained nextgroup=netpolValues skipwhite
execute 'syntax region netpolValues matchgroup=netpolDelimiter start=/(/ end=/)/ end=' . s:recovery
      \ 'contained contains=netpolValue,netpolComma,netpolComment,netpolString'

" Annotations.
syntax match netpolAnnotation /@[A-Za-z][0-9A-Za-z_-]*/ nextgroup=netpolValues

" `use`, which ends with its string.
execute 'syntax region netpolUse matchgroup=netpolInclude start=/' . s:begin . 'use%(\.)@!' . s:end . '/'
      \ 'matchgroup=netpolString end=/"[^"]*\%("\|$\)/ matchgroup=NONE end=' . s:recovery
      \ 'contains=netpolName,netpolQualifier,netpolFrom,netpolComma,netpolComment'
call s:Match('netpolAs', '\vas\ze\s+[A-Za-z_]', 'contained nextgroup=netpolAlias skipwhite')
call s:Match('netpolAlias', '\v' . s:name, 'contained')
call s:Match('netpolFrom', s:begin . 'from\ze\s*%(["#]|$)', 'contained')

" Tests.
execute 'syntax region netpolTest fold matchgroup=netpolDeclaration start=/' . s:begin . 'test\ze\s*%(["#]|$)/'
      \ 'matchgroup=netpolDelimiter end=/}/ contains=TOP'
call s:Match('netpolFixture', s:begin . 'pod\ze\s+%(' . s:reserved . ')@!' . s:name . '\s*\=',
      \ 'contained containedin=netpolTest nextgroup=netpolDefinition skipwhite')
call s:Match('netpolExpect', s:begin . 'expect\ze\s+%(allow|deny)' . s:end, 'contained containedin=netpolTest')
call s:Match('netpolPorts', s:begin . 'ports\ze\s+' . s:label . '\s*\=', 'contained containedin=netpolTest')
call s:Match('netpolPorts', '\v^\s*\zsports\ze\s*%(#.*)?$', 'contained containedin=netpolTest')
call s:Match('netpolNamedPort', s:begin . s:label . '\ze\s*\=\s*%(tcp|udp|sctp)/', 'contained containedin=netpolTest')

" Tiers.
execute 'syntax region netpolTier fold matchgroup=netpolDeclaration'
      \ 'start=/' . s:begin . '%(admin\ze\s+\d|baseline\ze\s*%(["{#]|$))/'
      \ 'matchgroup=netpolDelimiter end=/}/ contains=TOP'
syntax match netpolPriority /\v%(<admin\s+)@20<=\d+/ contained containedin=netpolTier
call s:Match('netpolTierRule', s:begin . '%(accept|pass)\ze\s+%(%(on|except)' . s:end . ')@![0-9A-Za-z_(:]',
      \ 'contained containedin=netpolTier')
call s:Match('netpolTierRule', '\v^\s*\zs%(accept|pass)\ze\s*%(#.*)?$', 'contained containedin=netpolTier')

" Strings and comments. A comment is a doc comment where it is alone on its line.
syntax match netpolString /"[^"]*\%("\|$\)/
syntax match netpolComment /#.*/ contains=@Spell
syntax match netpolDocComment /^\s*\zs##.*/ contains=@Spell

highlight default link netpolAccessor Delimiter
highlight default link netpolAddress Number
highlight default link netpolAlias netpolDefinition
highlight default link netpolAnnotation PreProc
highlight default link netpolArrow Operator
highlight default link netpolAs netpolInclude
highlight default link netpolAssignment Operator
highlight default link netpolComma Delimiter
highlight default link netpolComment Comment
highlight default link netpolCompare Operator
highlight default link netpolDeclaration Keyword
highlight default link netpolDefinition Function
highlight default link netpolDelimiter Delimiter
highlight default link netpolDirection StorageClass
highlight default link netpolDocComment SpecialComment
highlight default link netpolEndpoint Type
highlight default link netpolEverywhere Special
highlight default link netpolExpect netpolRule
highlight default link netpolFirstPort netpolPort
highlight default link netpolFixture netpolDeclaration
highlight default link netpolFrom netpolInclude
highlight default link netpolInclude Include
highlight default link netpolKey Identifier
highlight default link netpolNamedPort netpolPortName
highlight default link netpolNamespace Tag
highlight default link netpolNamespaces netpolEndpoint
highlight default link netpolOwned netpolNamespace
highlight default link netpolOwnedComma netpolComma
highlight default link netpolOwnedComment netpolComment
highlight default link netpolPort Number
highlight default link netpolPortName Constant
highlight default link netpolPorts netpolWord
highlight default link netpolPriority Number
highlight default link netpolProtocol Constant
highlight default link netpolQualifier netpolNamespace
highlight default link netpolRange Operator
highlight default link netpolRule Statement
highlight default link netpolService Tag
highlight default link netpolSetWord netpolWord
highlight default link netpolSlash Delimiter
highlight default link netpolString String
highlight default link netpolTierRule netpolRule
highlight default link netpolValue String
highlight default link netpolWord Keyword

let b:current_syntax = 'netpol'
delfunction s:Match
unlet s:begin s:end s:name s:kubernetes_name s:label s:statement s:reserved s:recovery s:labels
let &cpo = s:saved_cpo
unlet s:saved_cpo
