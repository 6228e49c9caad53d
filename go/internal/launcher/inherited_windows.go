package launcher

// inheritance is empty: the runtime changes nothing here that a program would inherit.
type inheritance struct{}

var inherited inheritance

func (inheritance) ignoreAgain() {}
