package handlers

// apiPath stands before every address of the API.
const apiPath = "/api/v1"
