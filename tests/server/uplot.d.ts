// The vendored charts are a classic script; what of them the page uses is checked in a browser.
declare const uPlot: any;
