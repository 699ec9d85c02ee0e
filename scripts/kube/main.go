// Command kube checks the manifests of a kustomize folder: each document is decoded
// strictly into Kubernetes' own types, so that a field that does not exist or stands at a
// wrong place is an error, and what one names of another has to be there.
//
//	kube docs/kubernetes
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"
)

// kustomization is what the folder's own file may say.
type kustomization struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Namespace  string   `json:"namespace"`
	Resources  []string `json:"resources"`
	Labels     []struct {
		Pairs            map[string]string `json:"pairs"`
		IncludeSelectors bool              `json:"includeSelectors"`
	} `json:"labels"`
	ConfigMapGenerator []generator `json:"configMapGenerator"`
	SecretGenerator    []generator `json:"secretGenerator"`
	Images             []image     `json:"images"`
}

type image struct {
	Name    string `json:"name"`
	NewName string `json:"newName"`
	NewTag  string `json:"newTag"`
}

type generator struct {
	Name string   `json:"name"`
	Envs []string `json:"envs"`
}

// manifests are the documents of a folder.
type manifests struct {
	kustomization
	sets      []appsv1.StatefulSet
	services  []corev1.Service
	claims    []corev1.PersistentVolumeClaim
	ingresses []networkingv1.Ingress
	budgets   []policyv1.PodDisruptionBudget
	policies  []networkingv1.NetworkPolicy
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: kube FOLDER")
		os.Exit(2)
	}
	if err := check(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(folder string) error {
	m, err := read(folder)
	if err != nil {
		return err
	}
	return errors.Join(m.names(folder)...)
}

// read decodes each file that the kustomization names. A file that it does not name is an
// error.
func read(folder string) (*manifests, error) {
	m := &manifests{}
	raw, err := os.ReadFile(filepath.Join(folder, "kustomization.yaml"))
	if err != nil {
		return nil, err
	}
	if err := yaml.UnmarshalStrict(raw, &m.kustomization); err != nil {
		return nil, fmt.Errorf("kustomization.yaml: %w", err)
	}
	there, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	for _, path := range there {
		name := filepath.Base(path)
		if name == "kustomization.yaml" {
			continue
		}
		if !slices.Contains(m.Resources, name) {
			return nil, fmt.Errorf("kustomization.yaml does not name %s", name)
		}
	}
	for _, name := range m.Resources {
		raw, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		for i, document := range bytes.Split(raw, []byte("\n---\n")) {
			if err := m.add(document); err != nil {
				return nil, fmt.Errorf("%s, document %d: %w", name, i+1, err)
			}
		}
	}
	return m, nil
}

func (m *manifests) add(document []byte) error {
	var kind struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err := yaml.Unmarshal(document, &kind); err != nil {
		return err
	}
	switch kind.APIVersion + " " + kind.Kind {
	case "apps/v1 StatefulSet":
		return decode(document, &m.sets)
	case "v1 Service":
		return decode(document, &m.services)
	case "v1 PersistentVolumeClaim":
		return decode(document, &m.claims)
	case "networking.k8s.io/v1 Ingress":
		return decode(document, &m.ingresses)
	case "networking.k8s.io/v1 NetworkPolicy":
		return decode(document, &m.policies)
	case "policy/v1 PodDisruptionBudget":
		return decode(document, &m.budgets)
	}
	return fmt.Errorf("%s %q is not a kind that these manifests have", kind.APIVersion, kind.Kind)
}

func decode[T any](document []byte, into *[]T) error {
	var one T
	if err := yaml.UnmarshalStrict(document, &one); err != nil {
		return err
	}
	*into = append(*into, one)
	return nil
}

// faults are what is named and is not there.
type faults []error

func (l *faults) add(format string, args ...any) { *l = append(*l, fmt.Errorf(format, args...)) }

// names returns what is named and is not there.
func (m *manifests) names(folder string) []error {
	var l faults
	if len(m.sets) != 1 {
		l.add("%d stateful sets, want one", len(m.sets))
		return l
	}
	set := m.sets[0]
	spec := set.Spec.Template.Spec
	ports := map[string]bool{}
	for _, c := range spec.Containers {
		for _, p := range c.Ports {
			ports[p.Name] = true
		}
	}
	m.selected(&l, set)
	generated := m.generated(&l, folder)
	volumes := m.volumes(&l, spec)
	for _, c := range spec.Containers {
		m.container(&l, c, volumes, generated, ports)
	}
	served := m.served(&l, ports)
	if !slices.ContainsFunc(m.services, func(s corev1.Service) bool { return s.Name == set.Spec.ServiceName }) {
		l.add("service %s of the stateful set is not there", set.Spec.ServiceName)
	}
	m.ways(&l, served, ports)
	return l
}

// selected looks whether each selector selects the pods.
func (m *manifests) selected(l *faults, set appsv1.StatefulSet) {
	pod := labels.Set(set.Spec.Template.Labels)
	if !labels.SelectorFromSet(set.Spec.Selector.MatchLabels).Matches(pod) {
		l.add("the stateful set does not select its own pods: %v, %v", set.Spec.Selector.MatchLabels, pod)
	}
	for _, b := range m.budgets {
		if !labels.SelectorFromSet(b.Spec.Selector.MatchLabels).Matches(pod) {
			l.add("budget %s selects no pod", b.Name)
		}
	}
	for _, s := range m.services {
		if !labels.SelectorFromSet(s.Spec.Selector).Matches(pod) {
			l.add("service %s selects no pod", s.Name)
		}
	}
	for _, p := range m.policies {
		if !labels.SelectorFromSet(p.Spec.PodSelector.MatchLabels).Matches(pod) {
			l.add("network policy %s selects no pod", p.Name)
		}
	}
}

// generated returns the names of the config maps and secrets that are made of files.
func (m *manifests) generated(l *faults, folder string) map[string]bool {
	names := map[string]bool{}
	for _, g := range slices.Concat(m.ConfigMapGenerator, m.SecretGenerator) {
		names[g.Name] = true
		for _, file := range g.Envs {
			raw, err := os.ReadFile(filepath.Join(folder, file))
			if err != nil {
				l.add("%w", err)
			}
			for line := range strings.Lines(string(raw)) {
				if name, _, ok := strings.Cut(strings.TrimSpace(line), "="); !ok || name == "" {
					l.add("%s: %q is no NAME=value", file, line)
				}
			}
		}
	}
	return names
}

// volumes returns the names of the pods' volumes.
func (m *manifests) volumes(l *faults, spec corev1.PodSpec) map[string]bool {
	claims, names := map[string]bool{}, map[string]bool{}
	for _, c := range m.claims {
		claims[c.Name] = true
	}
	for _, v := range spec.Volumes {
		names[v.Name] = true
		if c := v.PersistentVolumeClaim; c != nil && !claims[c.ClaimName] {
			l.add("volume %s: claim %s is not there", v.Name, c.ClaimName)
		}
	}
	return names
}

// container looks at what one container mounts, reads and answers at.
func (m *manifests) container(l *faults, c corev1.Container, volumes, generated, ports map[string]bool) {
	for _, mount := range c.VolumeMounts {
		if !volumes[mount.Name] {
			l.add("container %s mounts %s, which is not there", c.Name, mount.Name)
		}
	}
	for _, from := range c.EnvFrom {
		if from.ConfigMapRef != nil && !generated[from.ConfigMapRef.Name] {
			l.add("container %s: config map %s is not there", c.Name, from.ConfigMapRef.Name)
		}
		if from.SecretRef != nil && !generated[from.SecretRef.Name] {
			l.add("container %s: secret %s is not there", c.Name, from.SecretRef.Name)
		}
	}
	if !slices.ContainsFunc(m.Images, func(i image) bool { return i.Name == c.Image }) {
		l.add("container %s: kustomization.yaml does not say where image %s is", c.Name, c.Image)
	}
	for _, probe := range []*corev1.Probe{c.StartupProbe, c.ReadinessProbe, c.LivenessProbe} {
		if probe == nil || probe.HTTPGet == nil || !ports[probe.HTTPGet.Port.StrVal] {
			l.add("container %s: a probe of no port", c.Name)
		}
	}
}

// served returns the ports of the services, each as "service port".
func (m *manifests) served(l *faults, ports map[string]bool) map[string]bool {
	names := map[string]bool{}
	for _, s := range m.services {
		for _, p := range s.Spec.Ports {
			names[s.Name+" "+p.Name] = true
			if p.TargetPort.Type != intstr.String || !ports[p.TargetPort.StrVal] {
				l.add("service %s: no container has port %s", s.Name, p.TargetPort.String())
			}
		}
	}
	return names
}

// ways looks at what leads to the pods from outside.
func (m *manifests) ways(l *faults, served, ports map[string]bool) {
	for _, in := range m.ingresses {
		for _, rule := range in.Spec.Rules {
			for _, path := range rule.HTTP.Paths {
				if to := path.Backend.Service; to == nil || !served[to.Name+" "+to.Port.Name] {
					l.add("ingress %s leads to no service", in.Name)
				}
			}
		}
	}
	for _, p := range m.policies {
		for _, rule := range p.Spec.Ingress {
			for _, port := range rule.Ports {
				if port.Port == nil || !ports[port.Port.StrVal] {
					l.add("network policy %s: no container has that port", p.Name)
				}
			}
		}
	}
}
