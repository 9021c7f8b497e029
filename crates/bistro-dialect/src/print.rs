//! Back to a URL: links, Location, paging. parse(print(x)) == x
