#include "disco/core/devices/virtual_uart.hpp"

template class hardware::Ns16550<disco::VirtualUart>;
