package launcher

const (
	glibcLoader = "/lib/ld-linux-aarch64.so.1"
	muslLoader  = "/lib/ld-musl-aarch64.so.1"
)

var libraryDirectories = [...]string{"/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib"}
