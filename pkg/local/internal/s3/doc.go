// Package s3 is Amazon S3: buckets, their sub-resources, and objects with
// versions, conditional writes, checksums and Object Lock, path style.
//
// # What is kept and what acts
//
// Versioning, default encryption and Object Lock act as on AWS. Every other
// sub-resource of a bucket is kept and given back byte for byte, but does
// nothing: a lifecycle rule expires nothing, a notification is not sent. A bucket
// policy acts where the endpoint enforces policies. Requests to a bucket are answered in any region.
//
// # Where objects live
//
// Without a directory, in memory. With one, the current version of an object
// whose key is an ordinary relative path is the plain file DIR/BUCKET/KEY, to be
// read with any tool. An ordinary relative path has no empty, "." or ".."
// component, none above 255 bytes, no NUL and no backslash. Everything else is
// in the store: other keys, versions that are not current, delete markers, and
// keys whose path was taken when they were put ("a" beside "a/b", or names that
// differ only in case where the file system does not tell them apart); those
// become files at the next [Open] that finds their path free.
//
// What is acknowledged is on disk. A body is written and synced below DIR/.tmp,
// its record is committed with that name, and only then it is renamed into
// place; [Open] completes what a crash has cut off. So at every moment an object
// is the old one or the new one, whole.
//
// # Files changed by others
//
// The directory belongs to the server while it is open. The record decides what
// exists: a file that it does not know is no object and is left alone, until a
// PutObject to its key replaces it. Every read compares the file with the
// recorded ETag, so an object whose file was edited or removed is an
// InternalError that names the file, never other bytes than were put; HeadObject
// and the listings go on telling what was put. PutObject and DeleteObject
// repair it.
package s3
