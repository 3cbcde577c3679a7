module alumiini.dev/reader

go 1.21
