//! HTTP/2 by prior knowledge: the same answers, in frames.
