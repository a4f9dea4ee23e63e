package engine

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	chart "helm.sh/helm/v4/pkg/chart/v2"
)

// schemas keeps compiled values schemas of one chart and its dependencies, by where their text lies: compiling one takes
// longer than rendering most charts.
type schemas map[*byte]*jsonschema.Schema

const schemaURL = "file:///values.schema.json"

// validate checks values as Helm does, and says what is wrong in Helm's words.
func (s schemas) validate(c *chart.Chart, values map[string]any) error {
	if faults := s.faults(c, values); faults != "" {
		return fmt.Errorf("values don't meet the specifications of the schema(s) in the following chart(s):\n%s", faults)
	}
	return nil
}

func (s schemas) faults(c *chart.Chart, values map[string]any) string {
	var faults strings.Builder
	if len(c.Schema) > 0 {
		if err := s.check(c.Schema, values); err != nil {
			fmt.Fprintf(&faults, "%s:\n%s", c.Name(), err)
		}
	}
	for _, dependency := range c.Dependencies() {
		raw := values[dependency.Name()]
		if raw == nil {
			continue
		}
		own, isMap := raw.(map[string]any)
		if !isMap {
			fmt.Fprintf(&faults, "%s:\ninvalid type for values: expected object (map), got %T\n", dependency.Name(), raw)
			continue
		}
		faults.WriteString(s.faults(dependency, own))
	}
	return faults.String()
}

func (s schemas) check(text []byte, values map[string]any) (err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			err = fmt.Errorf("unable to validate schema: %s", recovered)
		}
	}()
	compiled, known := s[&text[0]]
	if !known {
		if compiled, err = compileSchema(text); err != nil {
			return err
		}
		s[&text[0]] = compiled
	}
	if err := compiled.Validate(values); err != nil {
		heading := fmt.Sprintf("jsonschema validation failed with '%s#'\n", schemaURL)
		return errors.New(strings.TrimPrefix(err.Error(), heading) + "\n")
	}
	return nil
}

func compileSchema(text []byte) (*jsonschema.Schema, error) {
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(closedLoader{})
	if err := compiler.AddResource(schemaURL, schema); err != nil {
		return nil, err
	}
	return compiler.Compile(schemaURL)
}

// closedLoader lets no schema lead to a file or to the network. As Helm's own, it takes a URN for a schema that allows
// everything.
type closedLoader struct{}

func (closedLoader) Load(url string) (any, error) {
	if strings.HasPrefix(url, "urn:") {
		return true, nil
	}
	return nil, errors.New("a values schema may refer to nothing outside of itself")
}
