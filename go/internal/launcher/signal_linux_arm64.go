package launcher

// restorerFlag: the kernel of this processor knows how a handler returns.
const restorerFlag = 0
