// The peers that statline is measured against are no part of it: this module of
// its own keeps them out of the product's.
module github.com/statline/statline/scripts/peers

go 1.26.0

replace github.com/statline/statline => ../..

require (
	github.com/bytedance/sonic v1.15.5
	github.com/statline/statline v0.0.0-00010101000000-000000000000
	gonum.org/v1/gonum v0.17.0
)

require (
	github.com/bytedance/gopkg v0.1.3 // indirect
	github.com/bytedance/sonic/loader v0.5.3 // indirect
	github.com/cloudwego/base64x v0.1.6 // indirect
	github.com/klauspost/cpuid/v2 v2.2.9 // indirect
	github.com/twitchyliquid64/golang-asm v0.15.1 // indirect
	golang.org/x/arch v0.0.0-20210923205945-b76863e36670 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
