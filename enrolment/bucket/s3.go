package bucket

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// tries of one request: a server that is away is the caller's to wait for.
const tries = 3

// s3 keeps objects in a bucket.
type s3 struct {
	client *minio.Client
	bucket string
}

func openS3(u *url.URL) (*s3, error) {
	q := u.Query()
	endpoint, secure := "s3.amazonaws.com", true
	if e := q.Get("endpoint"); e != "" {
		at, err := url.Parse(e)
		if err != nil || at.Host == "" {
			return nil, fmt.Errorf("bucket: endpoint: want a URL such as https://s3.example.org")
		}
		endpoint, secure = at.Host, at.Scheme != "http"
	}
	if u.Host == "" {
		return nil, errors.New("bucket: want s3://NAME?…")
	}
	lookup := minio.BucketLookupAuto
	if q.Get("use_path_style") == "true" {
		lookup = minio.BucketLookupPath
	}
	client, err := minio.New(endpoint, &minio.Options{
		Creds: credentials.NewChainCredentials([]credentials.Provider{
			&credentials.EnvAWS{}, &credentials.FileAWSCredentials{},
			&credentials.IAM{Client: &http.Client{Transport: http.DefaultTransport}},
		}),
		Secure: secure, Region: cmp.Or(q.Get("region"), "us-east-1"), BucketLookup: lookup, MaxRetries: tries,
	})
	if err != nil {
		return nil, fmt.Errorf("bucket: %w", err)
	}
	return &s3{client, u.Host}, nil
}

// Close implements Bucket.
func (s *s3) Close() error { return nil }

// failed wraps an error of S3.
func failed(err error) error {
	switch answer := minio.ToErrorResponse(err); {
	case err == nil:
		return nil
	case answer.Code == "NoSuchKey" || answer.StatusCode == http.StatusNotFound && answer.Code != "NoSuchBucket":
		return ErrNotFound
	}
	return fmt.Errorf("bucket: %w", err)
}

// Read implements Bucket.
func (s *s3) Read(ctx context.Context, name string) ([]byte, error) {
	if err := check(name); err != nil {
		return nil, err
	}
	object, err := s.client.GetObject(ctx, s.bucket, name, minio.GetObjectOptions{})
	if err != nil {
		return nil, failed(err)
	}
	body, err := io.ReadAll(object)
	_ = object.Close() // nothing was written
	return body, failed(err)
}

// Write implements Bucket.
func (s *s3) Write(ctx context.Context, name string, body []byte) error {
	if err := check(name); err != nil {
		return err
	}
	_, err := s.client.PutObject(ctx, s.bucket, name, bytes.NewReader(body), int64(len(body)), minio.PutObjectOptions{
		ContentType: "application/octet-stream", DisableMultipart: true,
	})
	return failed(err)
}

// Exists implements Bucket.
func (s *s3) Exists(ctx context.Context, name string) (bool, error) {
	if err := check(name); err != nil {
		return false, err
	}
	_, err := s.client.StatObject(ctx, s.bucket, name, minio.StatObjectOptions{})
	if err = failed(err); errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Delete implements Bucket.
func (s *s3) Delete(ctx context.Context, name string) error {
	if err := check(name); err != nil {
		return err
	}
	err := failed(s.client.RemoveObject(ctx, s.bucket, name, minio.RemoveObjectOptions{}))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// List implements Bucket.
func (s *s3) List(ctx context.Context, prefix string) ([]string, error) {
	out, _, err := s.list(ctx, prefix, true)
	return out, err
}

// Folders implements Bucket.
func (s *s3) Folders(ctx context.Context) ([]string, error) {
	_, folders, err := s.list(ctx, "", false)
	return folders, err
}

func (s *s3) list(ctx context.Context, prefix string, deep bool) (names, folders []string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the listing where it is left early
	for object := range s.client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: deep}) {
		if object.Err != nil {
			return nil, nil, failed(object.Err)
		}
		if name, isFolder := strings.CutSuffix(object.Key, "/"); isFolder {
			folders = append(folders, name)
		} else {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	slices.Sort(folders)
	return names, folders, ctx.Err()
}
