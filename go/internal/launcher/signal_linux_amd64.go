package launcher

// restorerFlag is SA_RESTORER: the kernel of this processor needs to be told how a handler returns.
const restorerFlag = 0x04000000
