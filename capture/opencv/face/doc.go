// Package face finds faces in selfies and on documents, tells how they look and how
// alike two are. Its networks are fetched by scripts/models.sh.
package face
