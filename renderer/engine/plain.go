package engine

import "strings"

// plainKind looks over a document in plain YAML: block mappings and sequences of simple keys and scalars, as most charts
// write them. It gives the kind by which Helm sorts it. False: the document is a hook, or not so plain that it is certain
// without a parser that Helm reads it, and what.
func plainKind(document string) (kind string, isPlain bool) {
	if strings.Contains(document, "helm.sh/") || !isPrintableASCII(document) {
		return "", false
	}
	reader := plainReader{rest: document}
	for {
		line, isMore := reader.next()
		if !isMore {
			return reader.kind, true
		}
		if !reader.take(line) {
			return "", false
		}
	}
}

func isPrintableASCII(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < ' ' || c > '~') && c != '\n' {
			return false
		}
	}
	return true
}

// block is a mapping or a sequence that is open.
type block struct {
	indent     int
	isSequence bool
}

type plainReader struct {
	rest string
	// open holds the open blocks, the innermost last.
	open []block
	// isKeyOpen: the last line was a key whose value may come below it.
	isKeyOpen bool
	// section and field are the last keys of the document and of its section.
	section, field string
	hasMetadata    bool
	kind           string
}

// next gives the next line that is neither empty nor a comment.
func (r *plainReader) next() (line string, isMore bool) {
	for r.rest != "" {
		line, r.rest, _ = strings.Cut(r.rest, "\n")
		if content := strings.TrimLeft(line, " "); content != "" && content[0] != '#' {
			return line, true
		}
	}
	return "", false
}

func (r *plainReader) take(line string) bool {
	content := strings.TrimLeft(line, " ")
	indent := len(line) - len(content)
	content = strings.TrimRight(content, " ")
	item, isItem := strings.CutPrefix(content, "- ")
	r.closeBelow(indent, isItem)
	if !isItem {
		return r.openBlock(block{indent: indent}) && r.takeEntry(content)
	}
	if !r.openBlock(block{indent: indent, isSequence: true}) {
		return false
	}
	if _, _, isEntry := cutKey(item); !isEntry {
		r.isKeyOpen = false
		return isScalar(item)
	}
	r.open = append(r.open, block{indent: indent + len("- ")})
	return r.takeEntry(item)
}

// closeBelow closes blocks that end before a line.
func (r *plainReader) closeBelow(indent int, isItem bool) {
	for len(r.open) > 0 {
		last := r.open[len(r.open)-1]
		if last.indent < indent || last.indent == indent && (isItem || !last.isSequence) {
			return
		}
		r.open = r.open[:len(r.open)-1]
		r.isKeyOpen = false
	}
}

// openBlock makes sure that the innermost block is that of a line.
func (r *plainReader) openBlock(own block) bool {
	if len(r.open) == 0 {
		r.open = append(r.open, own)
		return own == block{}
	}
	last := r.open[len(r.open)-1]
	if last == own {
		return true
	}
	// A sequence may stand right below its key.
	isBelow := own.indent > last.indent || own.isSequence && own.indent == last.indent
	if !r.isKeyOpen || !isBelow {
		return false
	}
	r.open = append(r.open, own)
	return !own.isSequence || !r.isHead(len(r.open)-1)
}

// isHead: at that depth are fields which Helm reads.
func (r *plainReader) isHead(depth int) bool {
	return r.section == "metadata" && (depth == 1 || depth == 2 && r.field == "annotations")
}

func (r *plainReader) takeEntry(content string) bool {
	key, value, isEntry := cutKey(content)
	if !isEntry {
		return false
	}
	r.isKeyOpen = value == ""
	depth := len(r.open) - 1
	switch {
	case depth == 0:
		if !r.takeSection(key, value) {
			return false
		}
	case r.isHead(depth):
		if !r.takeHeadField(depth, key, value) {
			return false
		}
	}
	switch value {
	case "", "{}", "[]":
		return true
	case "|", "|-", "|+", ">", ">-", ">+":
		return r.skipBlockScalar(r.open[depth].indent)
	default:
		return isScalar(value) || isFlowSequence(value)
	}
}

func (r *plainReader) takeSection(key, value string) bool {
	r.section = key
	switch strings.ToLower(key) {
	case "kind":
		isFirst := r.kind == ""
		r.kind = value
		return key == "kind" && isFirst && isKind(value)
	case "apiversion":
		return key == "apiVersion" && isScalar(value)
	case "metadata":
		isFirst := !r.hasMetadata
		r.hasMetadata = true
		return key == "metadata" && isFirst && value == ""
	default:
		return true
	}
}

func (r *plainReader) takeHeadField(depth int, key, value string) bool {
	if depth == 2 {
		return isScalar(value)
	}
	r.field = key
	switch strings.ToLower(key) {
	case "name":
		return key == "name" && isScalar(value)
	case "annotations":
		return key == "annotations" && value == ""
	default:
		return true
	}
}

// skipBlockScalar passes over the lines of a literal or folded text below a key with that indent.
func (r *plainReader) skipBlockScalar(keyIndent int) bool {
	indent := 0
	for r.rest != "" {
		line, after, _ := strings.Cut(r.rest, "\n")
		own := len(line) - len(strings.TrimLeft(line, " "))
		switch isBlank := own == len(line); {
		case isBlank && indent == 0 && own > 0:
			return false
		case isBlank:
		case own <= keyIndent:
			return true
		case indent == 0:
			indent = own
		case own < indent:
			return false
		}
		r.rest = after
	}
	return true
}

// keyBytesMax is far below the length at which YAML wants a question mark.
const keyBytesMax = 256

// cutKey takes an entry apart. Its key begins with a letter; a key that YAML takes for null is none.
func cutKey(content string) (key, value string, isEntry bool) {
	end := 0
	for end < len(content) && isKeyByte(content[end]) {
		end++
	}
	if end == 0 || end > keyBytesMax || end == len(content) || content[end] != ':' || !isLetter(content[0]) {
		return "", "", false
	}
	key, rest := content[:end], content[end+1:]
	if strings.EqualFold(key, "null") || rest != "" && rest[0] != ' ' {
		return "", "", false
	}
	return key, strings.TrimLeft(rest, " "), true
}

// isScalar: a text in quotes, or one that needs none and is no number beyond JSON.
func isScalar(text string) bool {
	if text == "" {
		return false
	}
	switch first := text[0]; {
	case first == '"':
		return isDoubleQuoted(text[1:])
	case first == '\'':
		return isSingleQuoted(text[1:])
	case first == '-':
		option := strings.TrimPrefix(text[1:], "-")
		return option != "" && isLetterOrDigit(option[0]) && isPlainScalar(text)
	case isLetterOrDigit(first) || first == '/' || first == '_' || first == '$' || first == '(':
		return isPlainScalar(text)
	default:
		return false
	}
}

// isDoubleQuoted: the text ends with the quote that ends it.
func isDoubleQuoted(text string) bool {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i == len(text)-1
		case '\\':
			i++
			if i == len(text) || !strings.Contains(`"\nrt`, text[i:i+1]) {
				return false
			}
		}
	}
	return false
}

func isSingleQuoted(text string) bool {
	end := strings.IndexByte(text, '\'')
	for end >= 0 && strings.HasPrefix(text[end+1:], "'") {
		next := strings.IndexByte(text[end+2:], '\'')
		if next < 0 {
			return false
		}
		end += 2 + next
	}
	return end >= 0 && end == len(text)-1
}

// isFlowSequence: a sequence of words on one line.
func isFlowSequence(text string) bool {
	inner, isOpen := strings.CutPrefix(text, "[")
	inner, isClosed := strings.CutSuffix(inner, "]")
	if !isOpen || !isClosed {
		return false
	}
	for item := range strings.SplitSeq(inner, ",") {
		if !isWord(strings.Trim(item, " ")) {
			return false
		}
	}
	return true
}

// isWord: a text of few kinds of characters, with quotes or without.
func isWord(text string) bool {
	if unquoted, isQuoted := strings.CutPrefix(text, "\""); isQuoted {
		if text, isQuoted = strings.CutSuffix(unquoted, "\""); !isQuoted {
			return false
		}
	} else if option := strings.TrimLeft(text, "-"); option == "" || !isLetterOrDigit(option[0]) && option[0] != '/' {
		return false
	}
	for i := range len(text) {
		if !isKeyByte(text[i]) && text[i] != '=' {
			return false
		}
	}
	return true
}

func isPlainScalar(text string) bool {
	return !strings.HasSuffix(text, ":") && !strings.Contains(text, ": ") && !strings.Contains(text, " #")
}

// isKind: a text that YAML takes for nothing but a text.
func isKind(text string) bool {
	if len(text) <= len("false") || !isLetter(text[0]) {
		return text == "Pod" || text == "Job" || text == "Role"
	}
	for i := range len(text) {
		if !isLetterOrDigit(text[i]) {
			return false
		}
	}
	return true
}

func isKeyByte(c byte) bool {
	return isLetterOrDigit(c) || c == '.' || c == '_' || c == '-' || c == '/'
}

func isLetterOrDigit(c byte) bool {
	return isLetter(c) || c >= '0' && c <= '9'
}

func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
